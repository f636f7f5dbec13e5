"""The browser page served for tests on a free port, in a thread, and requested with plain HTTP."""

from __future__ import annotations

import csv
import http.cookiejar
import io
import re
import socket
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import uvicorn

from orchestration.explorer.app import build_app
from orchestration.settings import Settings

TOKEN = "token-of-a-test"


@dataclass(frozen=True)
class Answer:
    """An answer of the server; the names in `headers` are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode("utf-8-sig")


class _StayHere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *arguments: object) -> None:  # type: ignore[override]
        return None


@dataclass
class Site:
    """A running page and one visitor with cookies."""

    port: int
    corrections: Path
    cookies: http.cookiejar.CookieJar = field(default_factory=http.cookiejar.CookieJar)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def get(self, address: str, **headers: str) -> Answer:
        return self._ask(address, None, headers)

    def post(self, address: str, fields: dict[str, str], **headers: str) -> Answer:
        return self._ask(address, urllib.parse.urlencode(fields).encode(), headers)

    def log_in(self) -> None:
        """Open the login address that the terminal shows."""
        assert self.get(f"/review?token={TOKEN}").status == 303

    def _ask(self, address: str, data: bytes | None, headers: dict[str, str]) -> Answer:
        url = self.origin + urllib.parse.quote(address, safe="/?&=%-_.~+")
        request = urllib.request.Request(
            url, data, {name.replace("_", "-"): value for name, value in headers.items()}
        )
        opener = urllib.request.build_opener(_StayHere, urllib.request.HTTPCookieProcessor(self.cookies))
        try:
            with opener.open(request, timeout=30) as response:
                return Answer(response.status, _lower(response.headers), response.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, _lower(error.headers), error.read())


def _lower(headers: object) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}  # type: ignore[attr-defined]


class Server:
    """Serves an installation until it is stopped."""

    def __init__(
        self, settings: Settings, *, may_review: bool = True, home_county: str | None = None
    ) -> None:
        corrections = settings.data / "corrections"
        app = build_app(
            settings.published / "fazhi.duckdb",
            corrections,
            settings.reports,
            may_review=may_review,
            token=TOKEN,
            home_county=home_county,
        )
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._server = uvicorn.Server(uvicorn.Config(app, log_level="error", access_log=False))
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]})
        self.site = Site(self._socket.getsockname()[1], corrections)

    def __enter__(self) -> Site:
        self._thread.start()
        deadline = time.monotonic() + 20
        while not self._server.started:
            assert time.monotonic() < deadline, "the page does not start"
            time.sleep(0.02)
        return self.site

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=20)
        self._socket.close()


def words_of(html: str) -> str:
    """Return the text of an HTML fragment."""
    return unescape(re.sub(r"<[^>]+>", "", html))


class _Nesting(HTMLParser):
    """Notes tags that are closed without being open, or left open."""

    void = frozenset({"br", "col", "hr", "img", "input", "link", "meta"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        if self.open and self.open[-1] == tag:
            self.open.pop()
        else:
            self.faults.append(f"</{tag}> within {self.open[-1:]} in line {self.getpos()[0]}")


def list_faults(html: str) -> list[str]:
    """Return what shows that a template is broken: tags that do not nest, and its own marks."""
    nesting = _Nesting()
    nesting.feed(html)
    left_open = [f"<{tag}> left open" for tag in nesting.open]
    return nesting.faults + left_open + re.findall(r"\{\{|\}\}|\{%|%\}", words_of(html))


def rows_of(text: str) -> list[dict[str, str]]:
    """Return the rows of a CSV, keyed by header."""
    return list(csv.DictReader(io.StringIO(text)))
