"""Dagster's objects besides assets: jobs, the sensor on the reports folder, the schedule, alerts, messages of runs."""
