"""Serves the page: `make explore`."""

from __future__ import annotations

import socket

import uvicorn

from orchestration.deployment.web_guard import LOOPBACK_NAMES
from orchestration.explorer.app import build_app, load_texts
from orchestration.pipeline.identify.gazetteer import find_home_county
from orchestration.settings import Settings

_STOP_SECONDS = 3  # for pending responses


def serve(settings: Settings, host: str, port: int) -> int:
    """Serve until SIGTERM or SIGINT; print the address. Returns 0.

    Decisions can be made if only this machine can reach the page, or with FAZHI_REVIEW=1.

    Raises:
        ValueError: no county has the name in FAZHI_COUNTY.
        RuntimeError: the port is taken; the message says how to choose another.
    """
    database = settings.published / "fazhi.duckdb"
    home_county = find_home_county(settings.county, settings.reference)
    may_review = host in LOOPBACK_NAMES or settings.review
    app = build_app(
        database,
        settings.data / "corrections",
        settings.reports,
        may_review=may_review,
        public_hosts=settings.public_hosts,
        home_county=home_county,
    )
    load_texts(app)
    try:
        with socket.create_server((host, port)) as listening:
            address = f"http://{host}:{listening.getsockname()[1]}"
            start = f"/counties/{home_county}" if home_county else "/"
            print(f"page      {address}{start} (浏览，reads {database})", flush=True)
            if may_review:
                # the token keeps other users of this machine out; it is valid until the server stops
                print(f"review    {address}/review?token={app.state.token} (更正，先打开一次)", flush=True)
            config = uvicorn.Config(
                app, log_level="warning", access_log=False, timeout_graceful_shutdown=_STOP_SECONDS
            )
            uvicorn.Server(config).run(sockets=[listening])
    except OSError as error:
        raise RuntimeError(
            f"{host}:{port} cannot be served: {error.strerror}; choose another PORT="
        ) from error
    return 0
