/** Changes as files for those who bring their own engine: one file a day, Parquet, CSV or JSON Lines. */
@NullMarked
package io.modelwatch.app.export;

import org.jspecify.annotations.NullMarked;
