"""Dagster's messages on the terminal of `make run`, one short line each."""

from __future__ import annotations

import logging
import sys

import dagster as dg


@dg.logger(
    config_schema={"log_level": dg.Field(str, default_value="INFO", description="lowest level to print")},
    description="Prints one short line per message on the terminal, to show the progress of a run.",
)
def terminal_logger(context: dg.InitLoggerContext) -> logging.Logger:
    """Log messages without Dagster's run ids and event types; the UI has the full ones."""
    logger = logging.Logger("fazhi", level=context.logger_config["log_level"])
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_ShortFormatter())
    # Dagster's own events (steps skipped after a failure, …) are in the UI; the end of a run lists what failed.
    handler.addFilter(lambda record: getattr(record, "dagster_meta", {}).get("dagster_event") is None)
    logger.addHandler(handler)
    return logger


class _ShortFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        message = getattr(record, "dagster_meta", {}).get("orig_message") or record.getMessage()
        return f"{self.formatTime(record, '%H:%M:%S')} {message}"
