"""Dagster assets, one module per stage: read, call one pure function, write, return counts."""
