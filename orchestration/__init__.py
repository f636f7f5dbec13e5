"""The rule-of-law report warehouse: Dagster code location and pure text pipeline."""
