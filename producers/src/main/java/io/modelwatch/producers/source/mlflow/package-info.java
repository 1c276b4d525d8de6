/** Models of an MLflow registry. */
@NullMarked
package io.modelwatch.producers.source.mlflow;

import org.jspecify.annotations.NullMarked;
