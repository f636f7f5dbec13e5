"""The DuckDB warehouse: opening it, its raw tables, what in them is stale, and reading them back."""
