package io.modelwatch.app.export;

/** The formats of files. */
public enum ExportFormat {
    /** Apache Parquet, compressed with Zstandard. */
    parquet,
    /** RFC 4180, in UTF-8 with a heading. */
    csv,
    /** One change a line, in the form of the API. */
    jsonl
}
