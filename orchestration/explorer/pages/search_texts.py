"""Search in texts: sentences and headings by words of the dictionary or any substring."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from orchestration.explorer import columns
from orchestration.explorer.database import Reader, Row
from orchestration.explorer.listings import Column, Listing
from orchestration.explorer.marking import Mark, mark_text
from orchestration.explorer.pages.search_filters import Search
from orchestration.explorer.texts import TextStore
from orchestration.explorer.view import View
from orchestration.explorer.wording import Words

REPORTS_SHOWN = 20  # on a page of search results, each with its sentences
SENTENCES_SHOWN = 4  # of a report; the report itself shows all
WORDS_MOST = 6
REPORTS_DOWNLOADED = 5_000
_REMEMBERED = 24  # cached searches, up to 3 MB each
SORTS = {
    "year": "reports.report_year desc nulls last, reports.county_code, reports.report_id",
    "place": "reports.county_code nulls last, reports.unit_name, reports.report_year desc",
    "length": "reports.char_count desc, reports.report_id",
}

# only of the reports shown: looking up sections and sentence positions by report is fast
HITS_SQL = """\
with texts as (
    select report_id, position, section_type, heading, char_start, text
    from raw.sections
    where report_id in $reports{sections}
),

places as (
    select
        report_id,
        unnest(section_positions) as position,
        unnest(char_starts) as char_start,
        unnest(char_ends) as char_end
    from raw.sentences
    where report_id in $reports
),

sentences as (
    select
        texts.report_id,
        places.char_start,
        places.char_end,
        substring(texts.text, places.char_start - texts.char_start + 1, places.char_end - places.char_start) as text,
        texts.section_type,
        texts.heading
    from places
    inner join texts on places.report_id = texts.report_id and places.position = texts.position
)

select * from sentences
where {words}
order by report_id, char_start"""


class _Answers:
    """Reports that contain a substring, cached per published copy; at most two searches run at once."""

    def __init__(self) -> None:
        self._answers: OrderedDict[tuple[str, ...], frozenset[str]] = OrderedDict()
        self._lock = threading.Lock()
        self._running = threading.Semaphore(2)

    def find(
        self, reader: Reader, texts: TextStore, piece: str, by_word: bool, section_type: str
    ) -> frozenset[str]:
        """Return ids of reports that contain a substring, in sections of the type, if given.

        Args:
            by_word: match only a word of the dictionary, so that 调解 does not match 人民调解.
        """
        key = (reader.version, piece, str(by_word), section_type)
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
                return self._answers[key]
        terms = find_terms(reader, piece) if by_word else []
        loaded = None if terms else texts.texts_of(reader.version)
        with self._running:
            if loaded is not None:
                found = loaded.find(piece, section_type)
            else:
                rows = reader.rows(*_write_search(terms, piece, section_type))
                found = frozenset(row["report_id"] for row in rows)
        with self._lock:
            self._answers[key] = found
            while len(self._answers) > _REMEMBERED:
                self._answers.popitem(last=False)
        return found


_ANSWERS = _Answers()


def _write_search(terms: Sequence[int], piece: str, section_type: str) -> tuple[str, dict[str, Any]]:
    """Return the query for reports with one of the terms or, without terms, the substring; and its parameters."""
    parameters: dict[str, Any] = {"section_type": section_type} if section_type else {}
    of_type = " and section_type = $section_type" if section_type else ""
    if terms:
        held = " or ".join(f"list_contains(term_numbers, {int(term)})" for term in terms)
        return f"select distinct report_id from raw.section_terms where ({held}){of_type}", parameters
    if section_type:
        sql = f"select distinct report_id from raw.sections where contains(text, $piece){of_type}"
    else:
        sql = "select report_id from raw.documents where contains(text, $piece)"
    return sql, {**parameters, "piece": piece}


def find_terms(reader: Reader, word: str) -> list[int]:
    """Return the numbers of a word of the dictionary, one per part of speech; empty if it is not a word."""
    rows = reader.rows("select term_number from raw.terms where term = $word", {"word": word})
    return [row["term_number"] for row in rows]


def show_texts(view: View, search: Search, context: dict[str, Any]) -> Response:
    """Show reports with sentences and headings that contain all words of the search; `context` as in `show_figures`."""
    pieces = tuple(dict.fromkeys(search.words.split()))[:WORDS_MOST]
    section_type = search.section_type
    number = max(1, view.ask_number("page") or 1)
    shown: list[Row] = []
    total = 0
    if pieces:
        sets = [
            _ANSWERS.find(view.reader, view.request.app.state.texts, piece, search.by_word, section_type)
            for piece in pieces
        ]
        order = SORTS.get(search.sort, SORTS["year"])
        limit, offset = (REPORTS_SHOWN, (number - 1) * REPORTS_SHOWN)
        if view.wants_file:
            limit, offset = REPORTS_DOWNLOADED, 0
        # ids first: fetching and sorting whole rows would take ten times as long
        found = view.reader.rows_among(
            frozenset.intersection(*sets),
            f"select reports.report_id, count(*) over () as total from marts.dim_report as reports "
            f"semi join among on reports.report_id = among.report_id where {search.where} "
            f"order by {order} limit {limit} offset {offset}",
            search.parameters,
        )
        ids = [row["report_id"] for row in found]
        if view.wants_file:
            return _answer_file(view, search.words, pieces, ids, section_type)
        total = found[0]["total"] if found else 0
        shown = view.reader.rows(
            "select report_id, title, source_name, province_name, county_name, unit_name, report_year "
            "from marts.dim_report where report_id in $ids",
            {"ids": ids or [""]},
        )
        shown.sort(key=lambda row: ids.index(row["report_id"]))
        _add_sentences(view, shown, pieces, section_type)
    return view.answer(
        "search.html",
        **context,
        found=shown,
        total=total,
        number=number,
        pages=max(1, -(-total // REPORTS_SHOWN)),
        unknown=[piece for piece in pieces if search.by_word and not find_terms(view.reader, piece)],
        longer=_longer_words(view.reader, pieces) if search.by_word else [],
        figures=None,
        REPORTS_DOWNLOADED=REPORTS_DOWNLOADED,
    )


def _longer_words(reader: Reader, pieces: tuple[str, ...]) -> list[Row]:
    """Return words in use that contain the first word: 人民调解 for 调解."""
    if not pieces:
        return []
    return reader.rows(
        """select term, max(reports)::integer as reports from marts.term_trends
        where contains(term, $piece) and term != $piece and reports > 0
        group by term order by reports desc, term limit 8""",
        {"piece": pieces[0]},
    )


def _add_sentences(view: View, found: list[Row], pieces: tuple[str, ...], section_type: str) -> None:
    """Add to each report its first matching sentences and headings, with matches marked."""
    hits: dict[str, list[Row]] = {}
    for row in _read_hits(view.reader, [row["report_id"] for row in found], pieces, section_type):
        hits.setdefault(row["report_id"], []).append(row)
    for report in found:
        own = hits.get(report["report_id"], [])
        report["hits"] = len(own)
        report["sentences"] = own[:SENTENCES_SHOWN]
        for hit in report["sentences"]:
            hit["html"] = mark_pieces(hit["text"].strip(), pieces)
            hit["place"] = f"{hit['char_start']}-{hit['char_end']}"


def _read_hits(reader: Reader, reports: list[str], pieces: tuple[str, ...], section_type: str) -> list[Row]:
    return reader.rows(*_write_hits(reports, pieces, section_type)) if reports else []


def _write_hits(reports: list[str], pieces: tuple[str, ...], section_type: str) -> tuple[str, dict[str, Any]]:
    """Return the query for sentences of reports that contain one of the substrings, and its parameters."""
    parameters: dict[str, Any] = {f"piece_{number}": piece for number, piece in enumerate(pieces)}
    words = " or ".join(f"contains(text, ${name})" for name in parameters)
    parameters["reports"] = reports
    if section_type:
        parameters["section_type"] = section_type
    return HITS_SQL.format(
        words=words, sections=" and section_type = $section_type" if section_type else ""
    ), parameters


def mark_pieces(text: str, pieces: tuple[str, ...]) -> Markup:
    """Return a text with every occurrence of the substrings marked."""
    marks = []
    for piece in pieces:
        start = text.find(piece)
        while start >= 0:
            marks.append(Mark(start, start + len(piece), "mark"))
            start = text.find(piece, start + len(piece))
    return mark_text(text, 0, len(text), marks)


def _answer_file(
    view: View, words: str, pieces: tuple[str, ...], ids: list[str], section_type: str
) -> Response:
    """Return the sentences found, one per row, of the first `REPORTS_DOWNLOADED` reports."""
    sql, parameters = _write_hits(ids or [""], pieces, section_type)
    listing = Listing(
        "sentences",
        Words(f"含“{words}”的句子", f"Sentences with {words}"),
        _SENTENCE_COLUMNS,
        f"""select reports.unit_name, reports.county_name, reports.province_name, reports.report_year, hits.*
from ({sql}) as hits
inner join marts.dim_report as reports on hits.report_id = reports.report_id
order by reports.report_year desc nulls last, hits.report_id, hits.char_start""",
        parameters,
    )
    view.show(listing)
    return view.answer("search.html")


_SENTENCE_COLUMNS = (
    Column("text", Words("句子", "sentence"), "quote"),
    Column("unit_name", Words("单位", "unit")),
    columns.COUNTY,
    columns.PROVINCE,
    columns.YEAR,
    columns.SECTION_TYPE,
    Column("heading", Words("小标题", "heading")),
    columns.REPORT_ID,
    Column("char_start", Words("起始位置", "start"), "id"),
    Column("char_end", Words("结束位置", "end"), "id"),
)
