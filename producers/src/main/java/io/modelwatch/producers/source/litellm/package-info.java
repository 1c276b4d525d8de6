/** LiteLLM gateways: which backends stand behind each route. */
@NullMarked
package io.modelwatch.producers.source.litellm;

import org.jspecify.annotations.NullMarked;
