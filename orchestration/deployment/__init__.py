"""How Dagster runs on one machine: its instance (records, launcher), the servers of `make ui`, the data folder."""
