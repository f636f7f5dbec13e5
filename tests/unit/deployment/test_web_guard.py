"""What the guard passes on to an app, and what it answers itself; without server and browser."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from urllib.parse import urlencode

import pytest

from orchestration.deployment.web_guard import Message, Receive, Scope, Send, WebGuard

OWN = {"host": "localhost:3000", "origin": "http://localhost:3000"}
MUTATION = "mutation { launchRun(executionParams: {}) { __typename } }"
QUERY = "query { runsOrError { __typename } }"
SUBSCRIPTION = "subscription { pipelineRunLogs(runId: 1) { __typename } }"


class App:
    """An app that records the requests that reach it and their bodies."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.messages: list[Message] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.accept"})
            while (message := await receive())["type"] != "websocket.disconnect":
                self.messages.append(message)
            self.messages.append(message)
            return
        self.bodies.append((await receive()).get("body", b""))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"app"})


def ask(
    method: str = "GET",
    path: str = "/",
    headers: dict[str, str] | list[tuple[str, str]] | None = None,
    body: bytes = b"",
    *,
    query: str = "",
    messages: list[Message] | None = None,
    scheme: str = "http",
    **guard: Any,
) -> tuple[int, dict[bytes, bytes], bytes, App]:
    """Return status, headers and body of the answer, and the app; the status of a web socket is 101 or 403."""
    app, sent = App(), []
    waiting = messages or [{"type": "http.request", "body": body}]
    pairs = headers.items() if isinstance(headers, dict) else headers or {"host": "localhost:3000"}.items()
    scope = {
        "type": "http" if messages is None else "websocket",
        "method": method,
        "scheme": scheme,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in pairs],
    }

    async def receive() -> Message:
        return waiting.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(WebGuard(app, **guard)(scope, receive, send))
    if messages is not None:
        return (101 if sent[0]["type"] == "websocket.accept" else 403), {}, b"", app
    return sent[0]["status"], dict(sent[0]["headers"]), sent[1]["body"], app


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost:3000", 200),
        ("LOCALHOST", 200),
        ("127.0.0.1:3000", 200),
        ("[::1]:3000", 200),
        ("evil.example", 403),
        ("evil.example:3000", 403),
        ("localhost.evil.example", 403),
        ("127.0.0.1.nip.example", 403),
        ("localhost@evil.example", 403),
        ("localhost:evil", 403),
        ("0.0.0.0:3000", 403),
        ("", 403),
    ],
)
def test_only_names_of_this_machine_are_served(host: str, status: int) -> None:
    assert ask(headers={"host": host})[0] == status


def test_a_request_has_one_host() -> None:
    assert ask(headers=[("host", "localhost"), ("host", "evil.example")])[0] == 403
    assert ask(headers=[("accept", "*/*")])[0] == 403


def test_a_refusal_says_why_and_does_not_reach_the_app() -> None:
    status, headers, body, app = ask("POST", "/", {"host": "localhost:3000", "origin": "http://evil.example"})
    assert status == 403 and app.bodies == []
    assert body.decode().startswith("拒绝访问：请求来自其他网页（the request comes from another page）")
    assert headers[b"content-type"] == b"text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({}, 200, id="a program, no browser"),
        pytest.param({"origin": "http://localhost:3000"}, 200, id="own page"),
        pytest.param(
            {"origin": "http://localhost:3000", "sec-fetch-site": "same-origin"}, 200, id="own fetch"
        ),
        pytest.param({"origin": "http://evil.example"}, 403, id="foreign page"),
        pytest.param({"origin": "http://localhost:8000"}, 403, id="another port"),
        pytest.param({"origin": "http://127.0.0.1:3000"}, 403, id="another name of this machine"),
        pytest.param({"origin": "https://localhost:3000"}, 403, id="another scheme"),
        pytest.param({"origin": "http://localhost:3000.evil.example"}, 403, id="own name as prefix"),
        pytest.param({"origin": "null"}, 403, id="sandboxed frame or file"),
        pytest.param({"origin": "file://"}, 403, id="file"),
        pytest.param({"origin": "http://[::1"}, 403, id="no address"),
        pytest.param({"referer": "http://localhost:3000/runs"}, 200, id="own referrer"),
        pytest.param({"referer": "http://evil.example/localhost:3000"}, 403, id="foreign referrer"),
        pytest.param({"sec-fetch-site": "cross-site"}, 403, id="foreign fetch without origin"),
        pytest.param({"sec-fetch-site": "same-site"}, 403, id="fetch from another port"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "websocket"])
def test_requests_that_can_change_something_must_come_from_our_pages(
    headers: dict[str, str], status: int, method: str
) -> None:
    sent = {"host": "localhost:3000", **headers}
    if method == "websocket":
        messages: list[Message] = [{"type": "websocket.disconnect"}]
        assert (ask(path="/graphql", headers=sent, messages=messages, scheme="ws")[0] == 101) == (
            status == 200
        )
    else:
        assert ask(method, "/corrections", sent)[0] == status


def test_two_origins_are_refused_even_if_one_is_ours() -> None:
    assert ask("POST", "/", [*OWN.items(), ("origin", "http://evil.example")])[0] == 403


def test_links_from_other_pages_may_be_followed() -> None:
    headers = {"host": "localhost:3000", "sec-fetch-site": "cross-site", "referer": "http://evil.example/"}
    assert ask("GET", "/runs", headers, query="q=1")[0] == 200


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        pytest.param([("query", QUERY)], 200, id="query"),
        pytest.param([("query", "{ version }")], 200, id="short query"),
        pytest.param([("query", MUTATION)], 405, id="mutation"),
        pytest.param([("query", f"{QUERY} {MUTATION}"), ("operationName", "q")], 405, id="one of two"),
        pytest.param([("query", QUERY), ("query", MUTATION)], 405, id="second parameter"),
        pytest.param([("query", f"# {QUERY}\n\ufeff{MUTATION}")], 405, id="behind a comment"),
        pytest.param([("query", json.dumps([{"query": MUTATION}]))], 405, id="batch"),
        pytest.param([("query", "mutation {")], 405, id="not to be parsed"),
        pytest.param([("query", "{" * 30_000)], 405, id="too deep to be parsed"),
        pytest.param([("extensions", '{"persistedQuery":{"sha256Hash":"ab"}}')], 405, id="persisted"),
        pytest.param([("documentId", "ab")], 405, id="persisted by id"),
    ],
)
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("path", ["/graphql", "/prefix/GraphQL/"])
def test_a_get_request_can_only_ask(
    fields: list[tuple[str, str]], status: int, method: str, path: str
) -> None:
    assert ask(method, path, query=urlencode(fields))[0] == status


def test_a_query_by_get_from_another_page_is_refused() -> None:
    headers = {"host": "localhost:3000", "sec-fetch-site": "cross-site"}
    assert ask("GET", "/graphql", headers, query=urlencode({"query": QUERY}))[0] == 403


def graphql(content: Any, kind: str = "application/json", query: str = "", **guard: Any) -> tuple[int, App]:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    status, _, _, app = ask(
        "POST", "/graphql", {**OWN, "content-type": kind}, body, query=query, read_only=True, **guard
    )
    return status, app


def test_a_read_only_server_answers_queries_with_their_whole_body() -> None:
    status, app = graphql({"query": QUERY})
    assert status == 200 and json.loads(app.bodies[0]) == {"query": QUERY}
    assert graphql(QUERY.encode(), "application/graphql")[0] == 200
    assert graphql(b"", "text/plain", query=urlencode({"query": QUERY}))[0] == 200


@pytest.mark.parametrize(
    ("content", "kind", "query"),
    [
        pytest.param({"query": MUTATION}, "application/json", "", id="mutation"),
        pytest.param([{"query": QUERY}, {"query": MUTATION}], "application/json", "", id="batch"),
        pytest.param({"documentId": "ab"}, "application/json", "", id="persisted"),
        pytest.param(MUTATION.encode(), "application/graphql", "", id="as text"),
        pytest.param(b"{", "application/json", "", id="no JSON"),
        pytest.param(b"[" * 100_000, "application/json", "", id="too deep"),
        pytest.param(b"", "text/plain", urlencode({"query": MUTATION}), id="in the query string"),
    ],
)
def test_a_read_only_server_refuses_what_could_change_something(content: Any, kind: str, query: str) -> None:
    status, app = graphql(content, kind, query)
    assert status in {403, 405} and app.bodies == []


def test_a_read_only_server_refuses_other_changes_and_endless_bodies() -> None:
    assert ask("POST", "/report_asset_materialization/x", OWN, read_only=True)[0] == 403
    assert ask("DELETE", "/graphql", OWN, read_only=True)[0] == 403
    assert graphql(b" " * 5_000_000)[0] == 413
    assert ask("GET", "/runs", OWN, read_only=True)[0] == 200


@pytest.mark.parametrize(
    ("sent", "arrives"),
    [
        ({"type": "connection_init"}, True),
        ({"type": "start", "id": "1", "payload": {"query": SUBSCRIPTION}}, True),
        ({"type": "start", "id": "1", "payload": {"query": MUTATION}}, False),
        ({"type": "start", "id": "1", "payload": {"query": "mutation {"}}, False),
        ([], False),
    ],
)
def test_a_read_only_web_socket_ends_at_a_mutation(sent: Any, arrives: bool) -> None:
    messages: list[Message] = [
        {"type": "websocket.receive", "text": json.dumps(sent)},
        {"type": "websocket.disconnect", "code": 1000},
    ]
    status, *_, app = ask(path="/graphql", headers=OWN, messages=messages, scheme="ws", read_only=True)
    assert status == 101
    assert [message["type"] for message in app.messages] == (
        ["websocket.receive", "websocket.disconnect"] if arrives else ["websocket.disconnect"]
    )
    assert app.messages[-1]["code"] == (1000 if arrives else 1008)


@pytest.mark.parametrize(
    ("host", "origin", "status"),
    [
        ("fazhi.example.org", "https://fazhi.example.org", 200),
        ("fazhi.example.org", "https://fazhi.example.org:443", 200),
        ("intranet", "https://intranet:8443", 200),  # nginx passes $host without the port
        ("intranet:8443", "https://intranet:8443", 200),
        ("fazhi.example.org", "https://intranet.example.org", 403),
        ("fazhi.example.org", "https://fazhi.example.org.evil.example", 403),
        ("other.example.org", "https://other.example.org", 403),
    ],
)
def test_a_proxy_serves_under_the_names_that_are_set(host: str, origin: str, status: int) -> None:
    names = ("Fazhi.example.org", "intranet:8443")
    assert ask("POST", "/", {"host": host, "origin": origin}, public_hosts=names)[0] == status


def test_pages_cannot_be_framed_and_keep_their_own_headers() -> None:
    headers = ask()[1]
    assert headers[b"x-frame-options"] == b"DENY"
    assert headers[b"cross-origin-resource-policy"] == b"same-origin"
    assert ask(headers={"host": "evil.example"})[1][b"x-frame-options"] == b"DENY"
