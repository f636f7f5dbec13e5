"""dbt in a separate process on a test's warehouse."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

DBT_PROJECT = Path(__file__).parents[3] / "dbt_project"


def run_dbt(command: str, warehouse: Path, target: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run dbt in a separate process on a warehouse; its output is captured."""
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "dbt.cli.main",
            command,
            "--project-dir",
            str(DBT_PROJECT),
            "--profiles-dir",
            str(DBT_PROJECT),
            *arguments,
        ],
        env=os.environ
        | {
            "FAZHI_WAREHOUSE": str(warehouse),
            "DBT_TARGET_PATH": str(target),
            "DBT_LOG_PATH": str(target / "logs"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
