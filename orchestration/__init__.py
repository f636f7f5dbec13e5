"""The rule-of-law report warehouse: Dagster code location and pure text pipeline."""

from pathlib import Path

# Processes of version 0.2 that still run after an upgrade start others by the names that modules of `deployment` had
# (`orchestration.run_server`), as does its copy of dagster.yaml. Can go in the version after the next.
__path__.append(str(Path(__file__).with_name("deployment")))
