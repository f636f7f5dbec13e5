"""The context of a request: language, addresses, templates and responses in other formats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from orchestration.explorer.database import Reader, Row
from orchestration.explorer.decision_states import find_saved
from orchestration.explorer.listings import (
    DOWNLOAD_ROWS,
    Listing,
    mark_number,
    print_cell,
    write_csv,
    write_xlsx,
)
from orchestration.explorer.wording import LANGUAGES, Words, print_number, word

HERE = Path(__file__).parent
STATIC = HERE / "static"
DOMAIN_LOOKS = 12  # classes d1 to d12 of the style sheet: six colours, solid and dashed
PAGE_ROWS = 50
PERSON_COOKIE = "fazhi_person"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NoSuchThingError(LookupError):
    """What the address names is not in the published copy; carries the message for the page."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.en)
        self.words = words


@dataclass(slots=True)
class Shown:
    """A listing with the rows that the page shows."""

    listing: Listing
    rows: list[dict[str, Any]]
    total: int
    number: int = 1  # page of the listing
    is_main: bool = False

    @property
    def pages(self) -> int:
        """Return the number of pages of the listing."""
        return max(1, -(-self.total // self.listing.page)) if self.listing.page else 1


@dataclass(slots=True)
class View:
    """One request: the reader, the language, and the listings shown so far.

    Attributes:
        may_review: whether decisions can be made here.
    """

    request: Request
    reader: Reader
    may_review: bool = False
    listings: list[Shown] = field(default_factory=list)

    # ---- what is asked -------------------------------------------------------------------

    @property
    def language(self) -> str:
        """Return `zh` unless `?lang=en`."""
        asked = self.request.query_params.get("lang", LANGUAGES[0])
        return asked if asked in LANGUAGES else LANGUAGES[0]

    def ask(self, name: str) -> str:
        """Return a parameter of the address without surrounding space; empty if missing."""
        return self.request.query_params.get(name, "").strip()

    def ask_number(self, name: str) -> int | None:
        """Return an integer parameter of the address; None for anything else."""
        asked = self.ask(name)
        return int(asked) if asked.isdecimal() and len(asked) < 10 else None

    @property
    def wants_file(self) -> bool:
        """Return whether a download is requested instead of the page."""
        return self.ask("format") in {"csv", "xlsx"}

    @property
    def home(self) -> tuple[str, str] | None:
        """Return code and name of the county whose reports these are; None for a corpus of many."""
        code = self.request.app.state.home_county
        if code is None:
            return None
        sql = "select county_name from marts.dim_county where county_code = $code"
        name = self.reader.remember(("home", code), lambda reader: reader.value(sql, {"code": code}))
        return code, str(name or code)

    @property
    def token(self) -> str:
        """Return the token that a form must send; only if decisions are allowed."""
        return str(self.request.app.state.token) if self.may_review else ""

    @property
    def person(self) -> str:
        """Return who decided last in this browser; empty before the first decision."""
        return unquote(self.request.cookies.get(PERSON_COOKIE, ""))

    @property
    def corrections(self) -> Path:
        """Return the folder of people's decisions."""
        folder: Path = self.request.app.state.corrections
        return folder

    @property
    def published_at(self) -> datetime:
        """Return when the published copy was made, in local time."""
        path: Path = self.request.app.state.published
        return datetime.fromtimestamp(path.stat().st_mtime, UTC).astimezone().replace(tzinfo=None)

    # ---- words and addresses -------------------------------------------------------------

    def t(self, zh: str | Words, en: str = "") -> str:
        """Return words in the language of the page."""
        words = zh if isinstance(zh, Words) else Words(zh, en)
        return words.told(self.language)

    def word(self, code: str | None) -> str:
        """Return a code in words of the page's language."""
        return word(code, self.language)

    def name_of(self, row: Mapping[str, Any], stem: str = "name") -> str:
        """Return a row's name in the language of the page, from its columns `…_zh` and `…_en`."""
        return str(row.get(f"{stem}_{self.language}") or row.get(f"{stem}_zh") or "")

    def name_indicator(self, indicator_id: str) -> str:
        """Return an indicator's name; `none` in words, and unknown ids unchanged."""
        if indicator_id == "none":
            return self.t("（都不是）", "(none of them)")

        def list_names(reader: Reader) -> dict[str, Row]:
            rows = reader.rows("select indicator_id, name_zh, name_en from marts.dim_indicator")
            return {row["indicator_id"]: row for row in rows}

        names = self.reader.remember("indicator names", list_names)
        return self.name_of(names.get(indicator_id, {})) or indicator_id

    def href(self, path: str, **parameters: Any) -> str:
        """Return an address on this site in the page's language; empty parameters are left out."""
        asked = {name: value for name, value in parameters.items() if value not in (None, "", [])}
        if self.language != LANGUAGES[0]:
            asked.setdefault("lang", self.language)
        path, _, anchor = path.partition("#")
        path, _, own = path.partition("?")
        asked = dict(parse_qsl(own)) | asked
        query = urlencode(asked, doseq=True, quote_via=quote)
        return (
            quote(path, safe="/-_.~")
            + (f"?{query}" if query else "")
            + (f"#{quote(anchor)}" if anchor else "")
        )

    def here(self, **changes: Any) -> str:
        """Return the address of this page with changed parameters; None removes one."""
        asked: dict[str, Any] = {
            name: self.request.query_params.getlist(name) for name in self.request.query_params
        }
        for name, value in changes.items():
            if value is None:
                asked.pop(name, None)
            else:
                asked[name] = value
        query = urlencode(asked, doseq=True, quote_via=quote)
        return quote(self.request.url.path, safe="/-_.~") + (f"?{query}" if query else "")

    # ---- tables --------------------------------------------------------------------------

    def show(self, listing: Listing, total: int | None = None, needed: bool = False) -> Shown:
        """Read a listing's page (`?page=`), or all its rows for a download, and keep it for the response.

        Args:
            total: number of rows on all pages; by default those shown.
            needed: read it also for the download of another table that is made from it.
        """
        is_main = not self.listings
        name = self.ask("table")
        wanted = self.wants_file and (name == listing.name or (is_main and not name))
        number = max(1, self.ask_number("page") or 1) if listing.page and is_main else 1
        if self.wants_file:
            rows = listing.rows(self.reader, DOWNLOAD_ROWS) if wanted or needed else []
        elif listing.page:
            rows = listing.rows(self.reader, listing.page, (number - 1) * listing.page)
        else:
            rows = listing.rows(self.reader)
        shown = Shown(listing, rows, len(rows) if total is None else total, number, is_main)
        self.listings.append(shown)
        return shown

    def answer(self, template: str, status: int = 200, **context: Any) -> Response:
        """Return the page, or the listing requested by `?format=` and `?table=` as a file."""
        if self.wants_file:
            return self._answer_file()
        page = environment().get_template(template)
        text = page.render(view=self, t=self.t, href=self.href, word=self.word, **context)
        return HTMLResponse(text, status_code=status)

    def _answer_file(self) -> Response:
        name, kind = self.ask("table"), self.ask("format")
        wanted = [shown for shown in self.listings if shown.listing.name == name] or self.listings[:1]
        if not wanted:
            raise NoSuchThingError(Words("本页没有可下载的表。", "This page has no table to download."))
        listing, rows = wanted[0].listing, wanted[0].rows
        write = write_xlsx if kind == "xlsx" else write_csv
        return Response(
            write(listing, rows, self.language),
            media_type=XLSX if kind == "xlsx" else "text/csv; charset=utf-8",
            headers=name_download(f"{listing.title.zh}.{kind}", f"{listing.name}.{kind}"),
        )

    def answer_problem(self, said: str, status: int) -> Response:
        """Return a page that says why there is nothing to show."""
        self.listings.clear()
        page = environment().get_template("problem.html")
        text = page.render(view=self, t=self.t, href=self.href, word=self.word, said=said)
        return HTMLResponse(text, status_code=status)

    def cite(self, shown: Shown, about: str = "") -> str:
        """Return a citation of a table: what, from which data, when and where; `about` names the report."""
        made = self.published_at.date()
        title = about + self.t(shown.listing.title)
        here = self.here(lang=None, page=None, saved=None, token=None, format=None, table=None)
        address = self.request.url.path + "".join(here.partition("?")[1:])
        return self.t(
            f"{title}。乡镇法治政府建设年度报告数据，{made} 发布。{address}",
            f"{title}. Figures from townships' rule-of-law government reports, published {made}. {address}",
        )


def name_download(name: str, plain: str | None = None) -> dict[str, str]:
    """Return headers that save a response under a name; old programs use the `plain` one, without Chinese."""
    named = f"attachment; filename*=UTF-8''{quote(name)}"
    return {"content-disposition": f"{named}; filename={plain}" if plain else named}


@lru_cache
def environment() -> Environment:
    """Return the template environment; everything is escaped, and an undefined name is an error."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"number": print_number, "look": look_of}
    made.globals |= {
        "asset": asset,
        "DOWNLOAD_ROWS": DOWNLOAD_ROWS,
        "find_saved": find_saved,
        "mark_number": mark_number,
        "print_cell": print_cell,
    }
    return made


@lru_cache
def asset(name: str) -> str:
    """Return the address of a file of `static/`, which changes with its contents."""
    digest = sha256((STATIC / name).read_bytes()).hexdigest()[:10]
    return f"/static/{name}?{digest}"


def look_of(position: int | None) -> str:
    """Return the class of a domain's colour, by its position."""
    return f"d{(position - 1) % DOMAIN_LOOKS + 1}" if position else "d0"


Page = Callable[[View], Response]
