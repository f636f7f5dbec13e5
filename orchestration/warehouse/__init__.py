"""The DuckDB warehouse: connections, raw tables, staleness, reading and writing rows."""
