"""Engines, which distribute work: an engine maps a task over chunks of reports."""
