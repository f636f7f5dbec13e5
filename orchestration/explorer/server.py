"""Serving the page: `make explore`."""

from __future__ import annotations

import os

import uvicorn

from orchestration.explorer.app import LOOPBACK, build_app
from orchestration.settings import Settings

REVIEW_SETTING = "FAZHI_REVIEW"


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until interrupted; says where.

    Decisions can be made where only this machine can reach the page, or where FAZHI_REVIEW=1 says so.
    """
    is_local = host in LOOPBACK
    may_review = is_local or os.environ.get(REVIEW_SETTING) == "1"
    app = build_app(
        settings.published / "fazhi.duckdb", settings.data / "corrections", settings.reports, may_review
    )
    address = f"http://{host}:{port}"
    print(f"page      {address}  (reads {settings.published / 'fazhi.duckdb'})", flush=True)
    if may_review:
        print(f"review    {address}/review?token={app.state.token}", flush=True)
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)
