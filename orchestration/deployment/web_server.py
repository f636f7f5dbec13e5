"""Dagster's web server behind the guard, as a process of `make ui`.

`python -m orchestration.deployment.web_server --port 3000 --workspace workspace.yaml [--read-only]` serves what
`dagster-webserver` does, on 127.0.0.1 only. Dagster's own command does not allow for a middleware.
"""

from __future__ import annotations

import argparse
import sys

import uvicorn
from dagster import DagsterInstance
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context
from dagster_webserver.version import __version__

from orchestration.deployment.web_guard import WebGuard
from orchestration.settings import load_settings

HOST = "127.0.0.1"
_STOP_SECONDS = 3  # for pending responses; a web socket never ends by itself
_STATEMENT_TIMEOUT_MS = 15_000  # this and the pool sizes are those of dagster-webserver
_POOL_RECYCLE_SECONDS = 3600
_POOL_MAX_OVERFLOW = 20


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(
        prog="python -m orchestration.deployment.web_server", description=__doc__
    )
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--workspace", required=True, help="workspace.yaml with the code location")
    parser.add_argument("--read-only", action="store_true", help="do not start runs or switch sensors")
    options = parser.parse_args(arguments)
    settings = load_settings()
    with DagsterInstance.get() as instance:
        instance.optimize_for_webserver(_STATEMENT_TIMEOUT_MS, _POOL_RECYCLE_SECONDS, _POOL_MAX_OVERFLOW)
        with WorkspaceProcessContext(
            instance,
            version=__version__,
            read_only=options.read_only,
            workspace_load_target=WorkspaceFileTarget([options.workspace]),
        ) as context:
            app = create_app_from_workspace_process_context(context, live_data_poll_rate=2000)
            guarded = WebGuard(app, public_hosts=settings.public_hosts, read_only=options.read_only)
            uvicorn.run(
                guarded,
                host=HOST,
                port=options.port,
                log_level="warning",
                timeout_graceful_shutdown=_STOP_SECONDS,
            )
    return 0


if __name__ == "__main__":
    sys.exit(main())
