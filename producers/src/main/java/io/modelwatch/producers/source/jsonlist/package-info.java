/** Any API that answers with a JSON list of models, told by a descriptor. */
@NullMarked
package io.modelwatch.producers.source.jsonlist;

import org.jspecify.annotations.NullMarked;
