"""The guard in front of a web server: only this machine's own pages may act through it.

An ASGI middleware for any app (Dagster's web UI, the explorer). It does not authenticate users: a
server on the loopback address trusts the users of the machine. It blocks other web pages that
are open in their browsers. Such a page can send requests to 127.0.0.1
(cross-site request forgery), also under its own host name by DNS rebinding.

Sources: OWASP's Cross-Site Request Forgery Prevention Cheat Sheet (verifying origins, Fetch
Metadata); RFC 6454 (Origin); RFC 9110, section 9.2.1 (safe methods).
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection, Iterator, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from graphql import GraphQLError, OperationDefinitionNode, OperationType, parse

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_DEFAULT_PORTS = {"http": "80", "https": "443"}
_MAX_BODY_BYTES = 4_000_000  # of a query that a read-only server parses
_POLICY_VIOLATION = 1008  # WebSocket close code, RFC 6455, section 7.4.1
# Other sites must not show our pages in a frame, because a click there would be a request of our own page.
_HEADERS = {
    b"x-frame-options": b"DENY",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}


@dataclass(slots=True)
class Refusal(Exception):  # noqa: N818  # not an error of ours
    """Why a request is refused, with the HTTP status."""

    status: int
    zh: str
    en: str

    def __str__(self) -> str:
        return f"拒绝访问：{self.zh}（{self.en}）"


class WebGuard:
    """Refuses requests with foreign host names, requests from foreign pages, and changes in read-only mode.

    Args:
        app: the protected ASGI app.
        public_hosts: names under which a reverse proxy serves the app, with the port unless it is
            the default (`fazhi.example.org`, `intranet:8443`).
        read_only: refuse everything that could change something; GraphQL queries pass.
    """

    def __init__(self, app: App, *, public_hosts: Collection[str] = (), read_only: bool = False) -> None:
        self.app = app
        self.public_hosts = frozenset(host.lower() for host in public_hosts)
        self.public_names = frozenset(_split_port(host)[0] for host in self.public_hosts)
        self.read_only = read_only

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the reason for refusal."""
        if scope["type"] not in {"http", "websocket"}:
            await self.app(scope, receive, send)
            return
        try:
            self._check_head(scope)
            if self.read_only:
                receive = await self._check_content(scope, receive)
        except Refusal as refusal:
            await _refuse(scope, send, refusal)
            return
        await self.app(scope, receive, _with_headers(send))

    def _check_head(self, scope: Scope) -> None:
        """Check method, path and headers. Raises: Refusal."""
        host = self._check_host(scope)
        is_graphql = _is_graphql(scope)
        query = scope.get("query_string", b"").decode("latin-1")
        asks = is_graphql and bool(query)
        if scope["type"] == "websocket" or scope["method"] not in _SAFE_METHODS or asks:
            self._check_origin(scope, host)
        if asks:
            _check_query_string(query)

    def _check_host(self, scope: Scope) -> str:
        """Return the request's host in lower case. Raises: Refusal unless it is one of ours (against DNS rebinding)."""
        hosts = _headers(scope, b"host")
        host = hosts[0].lower() if len(hosts) == 1 else ""
        name, _ = _split_port(host)
        if name not in LOOPBACK_NAMES and name not in self.public_names:
            raise Refusal(
                403,
                "本服务只以本机地址访问；经代理访问请在 FAZHI_PUBLIC_HOSTS 中写明主机名",
                "this host name is not served; behind a proxy, set its host name in FAZHI_PUBLIC_HOSTS",
            )
        return host

    def _check_origin(self, scope: Scope, host: str) -> None:
        """Raises: Refusal unless our own page sent the request, or a program that is not a browser."""
        refusal = Refusal(403, "请求来自其他网页", "the request comes from another page")
        if any(site not in {"same-origin", "none"} for site in _headers(scope, b"sec-fetch-site")):
            raise refusal
        origins = _headers(scope, b"origin")
        # Current browsers send Origin with every request that can change something; Referer is for older ones.
        pages = origins or _headers(scope, b"referer")
        if len(pages) > 1 or any(not self._is_own(page, scope, host) for page in pages):
            raise refusal

    def _is_own(self, page: str, scope: Scope, host: str) -> bool:
        """Return whether the address of a page, or its origin, is that of the request."""
        try:
            address = urlsplit(page.lower())
        except ValueError:
            return False
        if address.scheme not in _DEFAULT_PORTS:
            return False
        origin = _normal(address.netloc, address.scheme)
        if _split_port(host)[0] in LOOPBACK_NAMES:
            scheme = {"ws": "http", "wss": "https"}.get(scope["scheme"], scope["scheme"])
            return address.scheme == scheme and origin == _normal(host, scheme)
        # A proxy may terminate TLS and pass a name without its port.
        return any(origin == _normal(name, address.scheme) for name in {*self.public_hosts, host})

    async def _check_content(self, scope: Scope, receive: Receive) -> Receive:
        """Refuse requests that could change something. Raises: Refusal. Returns: the `receive` for the app."""
        refusal = Refusal(403, "本页面只读", "this server is read-only")
        if scope["type"] == "websocket":
            return _only_queries(receive) if _is_graphql(scope) else receive
        if scope["method"] in _SAFE_METHODS:
            return receive
        if scope["method"] != "POST" or not _is_graphql(scope):
            raise refusal
        body = await _read_body(receive)
        if not all(_is_query(document) for document in _documents(scope, body)):
            raise refusal
        return _replay(body, receive)


def _check_query_string(query: str) -> None:
    """Raises: Refusal unless each document in a query string contains only queries.

    Batches and persisted documents are refused too, because their contents are not visible here.
    """
    fields = parse_qs(query, keep_blank_values=True)
    documents = fields.get("query", [])
    is_hidden = any(_PERSISTED & {name.lower()} for name in fields) or any(
        "persisted" in value.lower() for value in fields.get("extensions", [])
    )
    if is_hidden or not all(_is_query(document) for document in documents):
        raise Refusal(405, "GET 请求只能查询，不能更改", "a GET request can only query, not change anything")


_PERSISTED = {"documentid", "doc_id", "queryid", "query_id", "id", "hash", "sha256hash"}


def _is_query(document: object) -> bool:
    """Return whether this is a GraphQL document with only queries (or subscriptions)."""
    if not isinstance(document, str):
        return False
    try:
        definitions = parse(document, max_tokens=20_000).definitions
    except (GraphQLError, RecursionError):
        return False
    return all(
        definition.operation is not OperationType.MUTATION
        for definition in definitions
        if isinstance(definition, OperationDefinitionNode)
    )


def _documents(scope: Scope, body: bytes) -> Iterator[object]:
    """Return everything that the app might read as a GraphQL document of a POST request; None for unreadable parts."""
    yield from parse_qs(scope.get("query_string", b"").decode("latin-1")).get("query", [])
    kind = " ".join(_headers(scope, b"content-type")).lower()
    if "application/graphql" in kind:
        yield body.decode("utf-8", "replace")
    elif body.strip():
        try:
            content = json.loads(body)
        except (ValueError, RecursionError):
            yield None
            return
        for part in content if isinstance(content, list) else [content]:
            yield part.get("query") if isinstance(part, dict) else None


async def _read_body(receive: Receive) -> bytes:
    """Return the whole body. Raises: Refusal if it is larger than any query."""
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise Refusal(400, "请求中断", "the request was cut off")
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > _MAX_BODY_BYTES:
            raise Refusal(413, "请求过大", "the request is too large")
        if not message.get("more_body"):
            return b"".join(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that begins with this body."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return waiting.pop() if waiting else await receive()

    return replayed


def _only_queries(receive: Receive) -> Receive:
    """Return a `receive` that closes a GraphQL web socket at the first document that is not a query."""

    async def checked() -> Message:
        message = await receive()
        if message["type"] != "websocket.receive":
            return message
        try:
            content = json.loads(message.get("text") or message.get("bytes") or "null")
        except (ValueError, RecursionError):
            content = None
        payload = content.get("payload") if isinstance(content, dict) else None
        documents = [payload["query"]] if isinstance(payload, dict) and "query" in payload else []
        if isinstance(content, dict) and all(_is_query(document) for document in documents):
            return message
        return {"type": "websocket.disconnect", "code": _POLICY_VIOLATION}

    return checked


async def _refuse(scope: Scope, send: Send, refusal: Refusal) -> None:
    if scope["type"] == "websocket":
        # Before the socket is accepted, so that the server answers the handshake with 403.
        await send({"type": "websocket.close", "code": _POLICY_VIOLATION, "reason": refusal.en})
        return
    body = f"{refusal}\n".encode()
    headers = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"connection", b"close"),  # the request's body may not have been read
        *_HEADERS.items(),
    ]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body if scope["method"] != "HEAD" else b""})


def _with_headers(send: Send) -> Send:
    """Return a `send` that adds our headers to each response unless it has them."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = list(message.get("headers", []))
            present = {name.lower() for name, _ in headers}
            headers += [(name, value) for name, value in _HEADERS.items() if name not in present]
            message = {**message, "headers": headers}
        await send(message)

    return sent


def _is_graphql(scope: Scope) -> bool:
    """Return whether the last part of the path is `graphql`, whatever prefix a proxy adds."""
    path: str = scope.get("path", "")
    return path.rstrip("/").rpartition("/")[2].lower() == "graphql"


def _headers(scope: Scope, name: bytes) -> list[str]:
    """Return all values of a header, in order."""
    return [value.decode("latin-1").strip() for key, value in scope["headers"] if key.lower() == name]


def _split_port(host: str) -> tuple[str, str]:
    """Return name and port of `name:port`; the port may be empty; IPv6 brackets are kept."""
    name, colon, port = host.rpartition(":")
    if not colon or host.endswith("]"):
        return host, ""
    return (name, port) if port.isascii() and port.isdigit() else ("", "")


def _normal(host: str, scheme: str) -> tuple[str, str]:
    """Return name and port, with the scheme's default port if there is none."""
    name, port = _split_port(host)
    return name, port or _DEFAULT_PORTS.get(scheme, "")
