/** The catalogue of AWS Bedrock in a region. */
@NullMarked
package io.modelwatch.producers.source.bedrock;

import org.jspecify.annotations.NullMarked;
