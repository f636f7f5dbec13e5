"""Pure text processing: bytes and text in, records out; independent of Dagster and DuckDB."""
