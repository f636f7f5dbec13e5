"""The web application: routes, and what all responses have in common."""

from __future__ import annotations

import contextlib
import hmac
import secrets
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from urllib.parse import parse_qsl

import duckdb
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from orchestration.deployment.web_guard import WebGuard
from orchestration.explorer.database import NotPublishedError, PublishedCopy
from orchestration.explorer.decisions import RECEIVED, DecisionError
from orchestration.explorer.page_pictures import NoPictureError, PagePictures
from orchestration.explorer.pages.counties import send_workbook, show_county
from orchestration.explorer.pages.decide import show_item, withdraw, write_decision
from orchestration.explorer.pages.indicators import show_catalogue, show_indicator, show_unmapped
from orchestration.explorer.pages.refusals import show_refusals
from orchestration.explorer.pages.regions import show_city, show_overview, show_province
from orchestration.explorer.pages.reports import find_source, read_source, send_source, show_report
from orchestration.explorer.pages.review import show_review
from orchestration.explorer.pages.scans import find_picture
from orchestration.explorer.pages.search import show_search
from orchestration.explorer.pages.townships import show_comparison, show_township
from orchestration.explorer.texts import TextStore
from orchestration.explorer.view import STATIC, NoSuchThingError, Page, View
from orchestration.explorer.wording import Words

TOKEN_COOKIE = "fazhi_review"  # noqa: S105  # its name
MOST_FORM_BYTES = 100_000
_PAGES: dict[str, Page] = {
    "/": show_overview,
    "/provinces/{code}": show_province,
    "/cities/{code}": show_city,
    "/counties/{code}": show_county,
    "/counties/{code}/workbook": send_workbook,
    "/townships/{key}": show_township,
    "/compare": show_comparison,
    "/reports/{report_id}": show_report,
    "/search": show_search,
    "/indicators": show_catalogue,
    "/indicators/{indicator_id}": show_indicator,
    "/unmapped": show_unmapped,
    "/refusals": show_refusals,
}
_REVIEW_PAGES: dict[str, Page] = {
    "/review": show_review,
    "/review/figures/{quantity_id}": show_item,
    "/review/reports/{report_id}": show_item,
    f"/review/reports/{{report_id}}/{RECEIVED}": show_item,
}
_HEADERS = {
    # nothing is loaded from other sites, and no text of a report can become a script
    b"content-security-policy": b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    b"form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
}


class _CommonHeaders:
    """Adds the headers of every response, next to those of `WebGuard`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS.items()]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def build_app(
    published: Path,
    corrections: Path,
    reports: Path | str,
    *,
    may_review: bool,
    token: str | None = None,
    public_hosts: Collection[str] = (),
    home_county: str | None = None,
) -> Starlette:
    """Build the page of one installation.

    Args:
        published: the published DuckDB file; it may appear later and be replaced at any time.
        corrections: folder for people's decisions.
        reports: folder or address of the raw reports, for downloads of original files and pictures of scans.
        may_review: whether decisions can be made; requires the token.
        public_hosts: names under which a proxy serves the page, as `orchestration.deployment.web_guard` takes them.
        home_county: code of the county whose reports these are; every page links to its desk.
        token: token that a browser needs to write, `/review?token=…`; a new one unless given.
    """
    copy = PublishedCopy(published)

    def open_page(page: Page) -> Callable[[Request], Response]:
        return _open_page(copy, page, may_review=may_review)

    routes = [Route(path, open_page(page)) for path, page in _PAGES.items()]
    routes.append(Route("/reports/{report_id}/source", open_page(lambda view: send_source(view, reports))))
    routes.append(Route("/reports/{report_id}/pages/{number:int}", _open_picture(copy, reports)))
    if may_review:
        routes += [Route(path, _open_review(copy, page)) for path, page in _REVIEW_PAGES.items()]
        routes.append(Route("/review", _receive_decision(copy, withdraw), methods=["POST"]))
        routes += [
            Route(path, _receive_decision(copy, write_decision), methods=["POST"])
            for path in list(_REVIEW_PAGES)[1:]
        ]
    else:
        routes.append(Route("/review", open_page(_say_review_is_off)))
    app = Starlette(
        routes=[*routes, Mount("/static", StaticFiles(directory=STATIC))],
        middleware=[Middleware(_CommonHeaders), Middleware(WebGuard, public_hosts=public_hosts)],
        exception_handlers={404: _say_no_address},
    )
    app.state.published = published
    app.state.corrections = corrections
    app.state.copy = copy
    app.state.texts = TextStore(copy)
    app.state.may_review = may_review
    app.state.home_county = home_county
    app.state.token = token or secrets.token_urlsafe(24)
    return app


def load_texts(app: Starlette) -> None:
    """Start loading the texts for searches in the background; otherwise the first search loads them."""
    copy: PublishedCopy = app.state.copy
    texts: TextStore = app.state.texts
    with contextlib.suppress(NotPublishedError), copy.read() as reader:
        texts.texts_of(reader.version)


def _has_token(request: Request) -> bool:
    shown = request.cookies.get(TOKEN_COOKIE, "")
    return hmac.compare_digest(shown.encode(), request.app.state.token.encode())


def _answer(copy: PublishedCopy, request: Request, page: Page, may_review: bool) -> Response:
    """Return a page's response, or a page with the reason why there is none."""
    try:
        with copy.read() as reader:
            view = View(request, reader, may_review)
            try:
                return page(view)
            except NoSuchThingError as error:
                return view.answer_problem(view.t(error.words), 404)
            except DecisionError as error:
                return view.answer_problem(str(error), 400)
            except (duckdb.CatalogException, duckdb.BinderException) as error:
                # a copy of an older version may lack a table or column of this page
                said = str(error).split("\n", 1)[0]
                return view.answer_problem(
                    view.t(
                        f"发布的数据由旧版本生成，请重新运行 make run。（{said}）",
                        f"The published copy was made by an older version: run `make run`. ({said})",
                    ),
                    503,
                )
    except NotPublishedError as error:
        return PlainTextResponse(f"还没有发布的数据：请先运行 make run。\n{error}\n", 503)


def _open_page(copy: PublishedCopy, page: Page, *, may_review: bool) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        return _answer(copy, request, page, may_review and _has_token(request))

    return answer


def _open_picture(copy: PublishedCopy, reports: Path | str) -> Callable[[Request], Response]:
    """Return the handler for pictures of scan pages; `reports` is the folder or address of the raw reports."""
    pictures = PagePictures()

    def answer(request: Request) -> Response:
        found: list[tuple[tuple[str, int, int], Path | str]] = []

        def locate(view: View) -> Response:
            found.append((find_picture(view), find_source(view, reports)))
            return Response()

        problem = _answer(copy, request, locate, may_review=False)
        if not found:
            return problem
        try:  # after the reader is released, because rendering takes longer than most pages
            (page, source) = found[0]
            picture = pictures.render(*page, lambda: read_source(source))
        except (NoPictureError, NoSuchThingError) as error:
            words = Words(f"这一页无法显示：{error}", f"This page cannot be shown: {error}")
            return _answer(copy, request, lambda view: view.answer_problem(view.t(words), 404), False)
        return Response(picture, media_type="image/jpeg", headers={"cache-control": "private, max-age=3600"})

    return answer


def _open_review(copy: PublishedCopy, page: Page) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        shown = request.query_params.get("token", "")
        if shown and hmac.compare_digest(shown.encode(), request.app.state.token.encode()):
            # the token moves from the address into a cookie, so that no shared address contains it
            redirect = RedirectResponse(request.url.path, status_code=303)
            redirect.set_cookie(TOKEN_COOKIE, shown, httponly=True, samesite="strict")
            return redirect
        if not _has_token(request):
            return _answer(copy, request, _say_token_is_needed, may_review=False)
        shown_page = _answer(copy, request, page, may_review=True)
        # the button back must show what was decided meanwhile, not the form as it was
        shown_page.headers["cache-control"] = "no-store"
        return shown_page

    return answer


def _receive_decision(
    copy: PublishedCopy, act: Callable[[View, Mapping[str, str]], Response]
) -> Callable[[Request], object]:
    async def answer(request: Request) -> Response:
        if not request.headers.get("content-length", "x").isdigit() or (
            int(request.headers["content-length"]) > MOST_FORM_BYTES
        ):
            return PlainTextResponse("表单过大。", 413)
        fields = parse_qsl((await request.body()).decode("utf-8", "replace"), max_num_fields=50)
        form = dict(fields)
        shown = form.get("token", "")
        # requires both the cookie, which other sites cannot send (SameSite), and the form's own token
        if not _has_token(request) or not hmac.compare_digest(
            shown.encode(), request.app.state.token.encode()
        ):
            return await run_in_threadpool(_answer, copy, request, _say_token_is_needed, False)
        return await run_in_threadpool(_answer, copy, request, lambda view: act(view, form), True)

    return answer


def _say_token_is_needed(view: View) -> Response:
    return view.answer_problem(
        view.t(
            "核对与更正需要口令：请用启动时终端里显示的地址（/review?token=…）打开一次。",
            "Reviewing needs the token: open the address printed in the terminal at the start (/review?token=…) once.",
        ),
        403,
    )


def _say_review_is_off(view: View) -> Response:
    return view.answer_problem(
        view.t(
            "核对与更正未开启：请在本机（127.0.0.1）启动，或设 FAZHI_REVIEW=1。",
            "Reviewing is off: start the page on 127.0.0.1, or set FAZHI_REVIEW=1.",
        ),
        403,
    )


def _say_no_address(request: Request, error: Exception) -> Response:
    copy: PublishedCopy = request.app.state.copy

    def say(view: View) -> Response:
        return view.answer_problem(view.t(Words("没有这个页面。", "This page does not exist.")), 404)

    return _answer(copy, request, say, may_review=False)
