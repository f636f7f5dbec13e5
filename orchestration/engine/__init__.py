"""How work is spread: an engine maps a task over chunks of reports."""
