/** Deployments of Azure OpenAI and AI Foundry. */
@NullMarked
package io.modelwatch.producers.source.azure;

import org.jspecify.annotations.NullMarked;
