"""Turn rows into checked decisions: the values allowed in a cell, and the problems of others.

A row gives a decision for each filled cell, or one problem and no decision, because half a row is not
what its writer meant. This module does not know which figures exist.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from orchestration.pipeline.corrections.cells import (
    BadValueError,
    fold,
    one_line,
    read_day,
    read_number,
    read_time,
    read_unit,
    read_year,
)
from orchestration.pipeline.corrections.decisions import (
    MIN_ID_DIGITS,
    QUANTITY_FIELDS,
    REPORT_FIELDS,
    REPORT_ID_DIGITS,
    Correction,
)
from orchestration.pipeline.corrections.tables import DECISIONS, DecisionRow
from orchestration.pipeline.records import CorrectionFinding
from orchestration.pipeline.reference.tables import read_reference_table
from orchestration.pipeline.vocabulary import AdminLevel

LEVELS = tuple(AdminLevel)
_ID = re.compile(r"(?:q-)?([0-9a-f]+)(?:-?q(\d+)(?:-(\d+))?)?")
_SHA256 = re.compile(r"[0-9a-f]{64}")


TownshipFinder = Callable[[str], tuple[str, str]]  # as written → county code, unit name


@dataclass(frozen=True, slots=True)
class CorrectionTerms:
    """The terms that decisions may use.

    Attributes:
        words: column → word as written → value: 是 and 否, periods, scopes.
        indicators: id → Chinese name.
        find_township: raises BadValueError if the text is not a township or ambiguous.
        has_county: returns whether a county has that code.
        today: the latest year allowed; dates may be one day later.
    """

    words: Mapping[str, Mapping[str, str]]
    indicators: Mapping[str, str]
    find_township: TownshipFinder
    has_county: Callable[[str], bool]
    today: date


def load_correction_words(reference_dir: Path) -> dict[str, dict[str, str]]:
    """Read correction_words.csv into column → word → value.

    Raises:
        ValueError: a row is invalid; with file and row.
    """
    path = reference_dir / "corrections" / "correction_words.csv"
    words: dict[str, dict[str, str]] = {}
    for row in read_reference_table(path, ("column", "word", "value"), "word"):
        words.setdefault(row["column"], {})[fold(row["word"])] = row["value"]
    return words


def read_corrections(
    rows: Sequence[DecisionRow], terms: CorrectionTerms
) -> tuple[list[Correction], list[CorrectionFinding]]:
    """Return the decisions of rows, in order, and a problem for each invalid row.

    Rows without a decision, which are most rows of a workbook, give neither.
    """
    corrections: list[Correction] = []
    problems: list[CorrectionFinding] = []
    for row in rows:
        try:
            corrections.extend(_read_row(row, terms))
        except BadValueError as error:
            problems.append(
                CorrectionFinding(
                    row.file.name, row.sheet, row.number, error.code, error.zh, error.en, error.nearest,
                    report_id=None, quantity_id=row.text("quantity_id") or None,
                )
            )  # fmt: skip
    return corrections, problems


def _read_row(row: DecisionRow, terms: CorrectionTerms) -> list[Correction]:
    """Return the decisions of a row: the one whose field it names, else one per filled cell.

    Raises:
        BadValueError: the row cannot be a decision.
    """
    if field := row.text("field"):
        return [_make(row, *_find_target(row), field, _read_field(row, terms), row.text("correction_id"))]
    decided = [column for column in DECISIONS if row.text(column)]
    if not decided:
        return []
    if row.surplus:
        extra = "、".join(row.surplus)[:40]
        raise BadValueError(
            "misaligned",
            f"这一行比表头多出“{extra}”，可能有没加引号的逗号",
            f"the row has more cells than the header: {extra}",
        )
    report_id, quantity_id = _find_target(row)
    fields: dict[str, str] = {}
    for column in decided:
        fields |= _read_cell(column, row, terms)
    fields = {field: value for field, value in fields.items() if (field, value) not in _NO_DECISION}
    about_figure = [field for field in fields if field in QUANTITY_FIELDS]
    _check_figure(row, quantity_id, fields, about_figure)
    if "confirmed" in fields and len(about_figure) > 1:
        del fields["confirmed"]  # it confirms the corrected value
    return [
        _make(row, report_id, quantity_id if field in QUANTITY_FIELDS else None, field, value)
        for field, value in fields.items()
    ]


def _check_figure(
    row: DecisionRow, quantity_id: str | None, fields: Mapping[str, str], about_figure: Sequence[str]
) -> None:
    """Refuse decisions on a figure that the row does not name, or that is both "not a figure" and corrected.

    Args:
        row: the row.
        quantity_id: id of the figure; None if the row gives none.
        fields: the decisions, field → value.
        about_figure: the names in `fields` that are about a figure.

    Raises:
        BadValueError: missing_target, contradiction.
    """
    if about_figure and quantity_id is None and not (row.text("surface") and row.text("sentence")):
        raise BadValueError(
            "missing_target",
            "没有数字编号，不知道更正哪一个数字",
            "no quantity_id: it is unclear which figure is meant",
        )
    if fields.get("not_a_figure") == "true" and len(about_figure) > 1:
        raise BadValueError(
            "contradiction",
            "同一行既写“不是数字”，又写了更正内容或“已确认”",
            "marked as not a figure, but also corrected or confirmed",
        )


_NO_DECISION = {("not_a_figure", "false"), ("confirmed", "false")}


def _make(
    row: DecisionRow, report_id: str, quantity_id: str | None, field: str, value: str, own_id: str = ""
) -> Correction:
    surface = one_line(row.text("surface")) if field in QUANTITY_FIELDS else ""
    sentence = row.text("sentence") if field in QUANTITY_FIELDS else ""
    target = quantity_id or f"{report_id}|{surface}|{sentence}"
    digest = hashlib.sha256(f"{target}|{field}|{value}".encode()).hexdigest()[:10]
    return Correction(
        own_id or f"c-{digest}", row.file.name, row.sheet, row.number, report_id, quantity_id, field, value,
        surface or None, sentence or None, row.text("decided_by") or None, _read_decided_at(row),
        row.file.modified_at, row.text("note") or None,
    )  # fmt: skip


def _read_decided_at(row: DecisionRow) -> datetime | None:
    value = row.cells.get("decided_at")
    return read_time(value, "更正时间") if value is not None else None


# ---- what a row is about --------------------------------------------------------------------


def _find_target(row: DecisionRow) -> tuple[str, str | None]:
    """Return the report id, perhaps short, and the figure's id, which begins with it, or None."""
    quantity = fold(row.text("quantity_id"))
    report = fold(row.text("report_id"))
    sha256 = fold(row.text("content_sha256"))
    if quantity:
        match = _ID.fullmatch(quantity)
        if match is None or match[2] is None or not MIN_ID_DIGITS <= len(match[1]) <= REPORT_ID_DIGITS:
            raise _bad_id("数字编号", row.text("quantity_id"), "0123456789abcdef-q789-0")
        number = f"-{match[3]}" if match[3] else ""
        return match[1], f"{match[1]}-q{match[2]}{number}"
    if report:
        match = _ID.fullmatch(report)
        is_id = match and match[2] is None and MIN_ID_DIGITS <= len(match[1]) <= REPORT_ID_DIGITS
        if not is_id and not _SHA256.fullmatch(report):
            raise _bad_id("报告编号", row.text("report_id"), "0123456789abcdef")
        return report[:REPORT_ID_DIGITS], None
    if sha256:
        if not _SHA256.fullmatch(sha256):
            raise _bad_id("文件哈希", row.text("content_sha256"), "64 hex digits")
        return sha256[:REPORT_ID_DIGITS], None
    raise BadValueError(
        "missing_target",
        "没有数字编号或报告编号，不知道更正什么",
        "the row has neither a quantity_id nor a report_id",
    )


def _bad_id(name: str, given: str, example: str) -> BadValueError:
    return BadValueError(
        "bad_id",
        f"{name}“{given}”不是编号，应类似 {example}",
        f"{given!r} is not an id such as {example}",
        example,
    )


# ---- what a cell says -----------------------------------------------------------------------


def _read_cell(column: str, row: DecisionRow, terms: CorrectionTerms) -> dict[str, str]:
    """Return the fields and values of a cell; a number with unit and a township give several."""
    cell, text = row.cells[column], row.text(column)
    match column:
        case "value":
            value, unit = read_number(text)
            given = row.text("unit")
            if unit and given and unit != given:
                raise BadValueError(
                    "contradiction",
                    f"更正值带单位“{unit}”，更正单位却是“{given}”",
                    f"the row has two units, {unit} and {given}",
                )
            return {"value": repr(value)} | ({"unit": unit} if unit else {})
        case "unit":
            return {"unit": read_unit(text)}
        case "indicator_id":
            return {"indicator_id": _read_indicator(text, terms)}
        case "period" | "scope" | "qualifier":
            return {column: _read_word(column, text, terms)}
        case "not_a_figure" | "confirmed":
            return {column: _read_word("yes", text, terms, named=column)}
        case "township":
            county_code, unit_name = terms.find_township(text)
            return {"unit_name": unit_name, "county_code": county_code, "admin_level": "township"}
        case "report_year":
            return {"report_year": str(read_year(text, terms.today))}
        case "received_on":
            return {"received_on": read_day(cell, "收到日期", terms.today)}
        case _:
            raise ValueError(f"no column {column!r}")


def _read_field(row: DecisionRow, terms: CorrectionTerms) -> str:
    """Return the value of a row that names its field, as in seeds/reference/corrections.csv."""
    field, text = row.text("field"), row.text("value")
    if field not in QUANTITY_FIELDS + REPORT_FIELDS:
        raise BadValueError(
            "unknown_field", f"没有“{field}”这一项", f"there is no field {field!r}",
            next(iter(difflib.get_close_matches(field, QUANTITY_FIELDS + REPORT_FIELDS, n=1)), None),
        )  # fmt: skip
    if field in QUANTITY_FIELDS and not (row.text("surface") and row.text("sentence")):
        raise BadValueError(
            "missing_target",
            "数字要用 surface 和 sentence_piece 两列指明",
            "surface and sentence_piece are needed",
        )
    for column, name in (("decided_by", "更正人"), ("note", "更正理由")):
        if not row.text(column):
            raise BadValueError("incomplete", f"没有写{name}", f"{column} is empty")
    if field in ("published_on", "document_date", "received_on"):
        return read_day(row.cells.get("value", ""), field, terms.today)
    if field in ("unit", "measured"):
        return text
    if field == "indicator_id":
        return _read_indicator(text, terms) if text else ""
    if field in ("not_a_figure", "confirmed"):
        return "true"
    if not text:
        raise BadValueError("bad_value", f"“{field}”的更正值是空的", f"corrected_value of {field} is empty")
    return _read_closed(field, text, terms)


def _read_closed(field: str, text: str, terms: CorrectionTerms) -> str:
    match field:
        case "value":
            return repr(read_number(text)[0])
        case "period" | "scope" | "qualifier":
            return _read_word(field, text, terms)
        case "report_year":
            return str(read_year(text, terms.today))
        case "admin_level" if text not in LEVELS:
            raise BadValueError(
                "bad_value", f"没有“{text}”这一级", f"{text!r} is not one of {', '.join(LEVELS)}"
            )
        case "county_code" if not terms.has_county(text):
            raise BadValueError("bad_value", f"没有代码为“{text}”的区县", f"no county has the code {text!r}")
        case _:
            return text


def _read_indicator(text: str, terms: CorrectionTerms) -> str:
    folded = fold(text)
    if folded in terms.words["indicator_id"]:
        return ""
    by_name = {fold(name): one for one, name in terms.indicators.items()}
    if folded in terms.indicators:
        return folded
    # as in the workbook's drop-down list: 集体学法次数（capacity.study_sessions）
    bare = re.sub(r"\(.*\)$", "", folded)
    if bare in by_name:
        return by_name[bare]
    nearest = difflib.get_close_matches(folded, [*by_name, *terms.indicators], n=1, cutoff=0.4)
    name = terms.indicators.get(by_name.get(nearest[0], nearest[0])) if nearest else None
    raise BadValueError(
        "unknown_indicator", f"没有“{text}”这个指标" + (f"；最接近的是“{name}”" if name else ""),
        f"there is no indicator {text!r}" + (f"; the nearest is {name}" if name else ""), name,
    )  # fmt: skip


def _read_word(column: str, text: str, terms: CorrectionTerms, named: str | None = None) -> str:
    words = terms.words[column]
    value = words.get(fold(text))
    if value is None:
        allowed = "、".join(dict.fromkeys(_first_words(words)))
        title = {
            "period": "更正时期", "scope": "更正范围", "qualifier": "更正限定", "not_a_figure": "不是数字",
            "confirmed": "已确认",
        }[named or column]  # fmt: skip
        nearest = difflib.get_close_matches(fold(text), words, n=1, cutoff=0.4)
        raise BadValueError(
            "bad_value", f"{title}“{text}”看不懂，可以写：{allowed}",
            f"{named or column} {text!r} is not one of {allowed}",
            nearest[0] if nearest else None,
        )  # fmt: skip
    return value


def _first_words(words: Mapping[str, str]) -> list[str]:
    """Return the first word for each value (报告年度, 上年度), without its synonyms."""
    first: dict[str, str] = {}
    for word, value in words.items():
        first.setdefault(value, word)
    return list(first.values())
