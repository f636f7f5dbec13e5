"""Pure text code: bytes and text in, records out; knows neither Dagster nor DuckDB."""
