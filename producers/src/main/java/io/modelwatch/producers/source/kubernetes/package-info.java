/** Clusters: what KServe, and workloads that run a model server, are told to serve and which images run. */
@NullMarked
package io.modelwatch.producers.source.kubernetes;

import org.jspecify.annotations.NullMarked;
