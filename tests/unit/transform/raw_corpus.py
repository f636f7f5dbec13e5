"""A small made-up corpus in the raw tables.

The corpus has invented places and our own wording. Sentences list their figures, and offsets are
computed from the text, so that the Python stages could have written every row.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb

from orchestration.pipeline.records import (
    Document,
    Quantity,
    RawReport,
    ReportSentences,
    Section,
    SectionTerms,
    SectionThemes,
    SourceFile,
    StageRun,
    Term,
    Township,
)
from orchestration.warehouse.tables import RAW_TABLES, create_table_sql, to_arrow

_SEEN_AT = datetime(2025, 3, 5, 8)
_PLACE = (
    "unit_name", "unit_type", "township_key", "township_code", "county_name", "county_code", "city_name",
    "province_name",
)  # fmt: skip


@dataclass(frozen=True)
class Figure:
    """A figure of a sentence, located by its surface."""

    surface: str
    value: float
    unit: str
    indicator_id: str | None
    changes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Words:
    """A sentence with its figures and its theme."""

    text: str
    figures: Sequence[Figure] = ()
    theme_id: str | None = None


@dataclass
class RawCorpus:
    """Rows of the raw tables under construction."""

    rows: dict[str, list[Any]] = field(default_factory=lambda: {table: [] for table in RAW_TABLES})

    def add_township(self, county_code: str, county_name: str, unit_name: str) -> Township:
        """Add a township to the gazetteer; return it."""
        township = Township(
            f"{county_code}-{unit_name}", unit_name, "镇", county_code, county_name, "云中市", "岭南省",
            township_code=f"{county_code}{100 + len(self.rows['townships'])}", former_names=[],
        )  # fmt: skip
        self.rows["townships"].append(township)
        return township

    def add_file(self, path: str, status: str, report_id: str | None, reason: str | None = None) -> None:
        content = sha256((report_id or path).encode()).hexdigest()
        self.rows["files"].append(
            SourceFile(
                file_id=sha256((path + content).encode()).hexdigest()[:16],
                content_sha256=content,
                source_path=path,
                source_name=path.rpartition("/")[2],
                byte_size=1000,
                modified_ns=0,
                media_type="text/plain",
                encoding="utf-8",
                status=status,
                reason=reason,
                reader="text",
                report_id=report_id,
                is_present=True,
                first_seen_at=_SEEN_AT,
                last_seen_at=_SEEN_AT,
            )
        )

    def add_report(
        self,
        report_id: str,
        township: Township | None,
        year: int | None,
        parts: Sequence[tuple[str, str | None, Sequence[Words]]],
        *,
        path: str | None = None,
        status: str = "loaded",
        reason: str | None = None,
        **document: Any,
    ) -> None:
        """Add a report with its file, text, outline, sentences, figures and themes.

        Args:
            parts: Section type, heading (None before the first heading) and sentences of each section.
            document: Fields of the document that differ from the defaults.
        """
        path = path or f"{report_id}.txt"
        text = self._add_outline(report_id, parts)
        self.add_file(path, status, report_id, reason)
        content = sha256(report_id.encode()).hexdigest()
        self.rows["reports"].append(
            RawReport(
                report_id, content, path, path, "text/plain", "utf-8", "text", text, None, loaded_at=_SEEN_AT
            )
        )
        self.rows["documents"].append(_make_document(report_id, text, township, year)._replace(**document))

    def _add_outline(self, report_id: str, parts: Sequence[tuple[str, str | None, Sequence[Words]]]) -> str:
        """Add sections, sentences, figures and themes of a report; return its text."""
        text = ""
        sentences: list[tuple[int, int, int]] = []  # section, start and end
        mentions: dict[str, list[tuple[str, int, int, int, int, int, int]]] = defaultdict(list)
        for position, (section_type, heading, spoken) in enumerate(parts):
            start = len(text)
            section_id = f"{report_id}-s{position:03d}"
            text += f"{heading}\n" if heading else ""
            for words in spoken:
                place = len(text), len(text) + len(words.text)
                if words.theme_id:
                    mentions[section_type].append(
                        (words.theme_id, position, len(sentences), *place, len(text), len(text) + 2)
                    )
                sentences.append((position, *place))
                self._add_figures(report_id, section_id, section_type, words, len(text))
                text += words.text
            text += "\n"
            self.rows["sections"].append(
                Section(
                    section_id=section_id,
                    report_id=report_id,
                    parent_section_id=None,
                    position=position,
                    level=1 if heading else 0,
                    ordinal=None,
                    heading=heading,
                    section_type=section_type,
                    char_start=start,
                    char_end=len(text),
                    text=text[start:],
                )
            )
        columns = zip(*sentences, strict=True) if sentences else ((), (), ())
        self.rows["sentences"].append(ReportSentences(report_id, *map(list, columns)))
        self.rows["theme_mentions"] += [
            SectionThemes(report_id, section_type, *map(list, zip(*members, strict=True)))
            for section_type, members in mentions.items()
        ]
        return text

    def add_term(self, report_id: str, section_type: str, term: str, occurrences: int) -> None:
        """Add a counted word."""
        rows = self.rows["section_terms"]
        row = next((row for row in rows if row[:2] == (report_id, section_type)), None)
        if row is None:
            row = SectionTerms(report_id, section_type, [], [])
            rows.append(row)
        terms = self.rows["terms"]
        number = next((known.term_number for known in terms if known.term == term), None)
        if number is None:
            number = len(terms) + 1
            terms.append(Term(number, term, "n", is_current=True))
        row.term_numbers.append(number)
        row.occurrences.append(occurrences)

    def _add_figures(
        self, report_id: str, section_id: str, section_type: str, words: Words, start: int
    ) -> None:
        searched = 0
        for figure in words.figures:
            at = words.text.index(figure.surface, searched)
            searched = at + len(figure.surface)
            usual = Quantity(
                quantity_id=f"{report_id}-q{start + at}-0",
                report_id=report_id,
                section_id=section_id,
                section_type=section_type,
                indicator_id=figure.indicator_id,
                value=figure.value,
                unit=figure.unit,
                qualifier="exact",
                period="report_year",
                scope="total",
                measured=words.text[:at][-4:],
                surface=figure.surface,
                sentence=words.text,
                sentence_start=start,
                char_start=start + at,
                char_end=start + searched,
                rule=None,
                confidence=0.9,
                correction_id=None,
            )
            self.rows["quantities"].append(usual._replace(**figure.changes))

    def write(self, path: Path) -> None:
        """Write a warehouse with these rows in its raw tables."""
        with duckdb.connect(str(path)) as connection:
            connection.execute("create schema raw")
            runs = [
                StageRun(stage, document.report_id, document.text_sha256)
                for document in self.rows.get("documents", [])
                for stage in ("segment", "extract")
            ]
            for table, rows in {**self.rows, "stage_runs": runs}.items():
                connection.execute(create_table_sql(table))
                incoming = to_arrow(table, rows)
                connection.register("incoming", incoming)
                connection.execute(f"insert into raw.{table} select * from incoming")
                connection.unregister("incoming")


def _make_document(report_id: str, text: str, township: Township | None, year: int | None) -> Document:
    """Return a document with the default fields, of a township or of an unknown one."""
    return Document(
        **{name: getattr(township, name, None) for name in _PLACE},
        report_id=report_id,
        text=text,
        original_text=None,
        text_sha256=sha256(text.encode()).hexdigest(),
        char_count=len(text),
        title=None,
        admin_level="township",
        resolution="stated" if township else "unresolved",
        resolution_evidence=None,
        candidates=None,
        report_kind="法治政府建设",
        report_year=year,
        report_year_evidence=None,
        published_on=None,
        document_date=None,
        index_number=None,
        document_number=None,
        issuer=None,
        source_url=None,
        correction_ids=None,
    )


def mediated(value: int, **changes: Any) -> Words:
    """Return a sentence with one figure of disputes.mediated."""
    return Words(
        f"全年共调解各类矛盾纠纷{value}件。",
        [Figure(f"{value}件", value, "件", "disputes.mediated", changes)],
    )


_ACHIEVEMENTS, _PROBLEMS, _PLANS = "一、举措和成效", "二、不足和原因", "三、下一年打算"


def build_corpus() -> RawCorpus:
    """Return four townships of two counties over several years, with every case that a mart distinguishes."""
    corpus = RawCorpus()
    qingxi = corpus.add_township("999901", "云岭县", "清溪镇")
    shiqiao = corpus.add_township("999901", "云岭县", "石桥镇")
    corpus.add_township("999901", "云岭县", "无报镇")
    baiyun = corpus.add_township("999902", "山阳区", "白云镇")
    _add_themes_and_plans(corpus, qingxi)
    _add_contradictions(corpus, qingxi)
    _add_jump(corpus, qingxi)
    _add_bounds(corpus, shiqiao)
    corpus.add_report("baiyun24", baiyun, 2024, [("achievements", _ACHIEVEMENTS, [mediated(80)])])
    corpus.add_report("county24", None, 2024, [("preamble", None, [mediated(9000)])], admin_level="county")
    corpus.add_file("copy/baiyun24.txt", "duplicate", "baiyun24", "same_bytes: as baiyun24.txt")
    corpus.add_file("broken.pdf", "rejected", None, "scanned: no text layer")

    for report_id in ("qingxi21", "qingxi22", "qingxi24", "baiyun24"):
        corpus.add_term(report_id, "achievements", "法治", 4)
    corpus.add_term("qingxi21", "achievements", "枫桥经验", 1)
    corpus.add_term("qingxi24", "achievements", "枫桥经验", 1)
    return corpus


def _add_themes_and_plans(corpus: RawCorpus, qingxi: Township) -> None:
    """2021: all parts of a report, themes that are planned and lacking, dates before and after their deadlines."""
    corpus.add_report(
        "qingxi21",
        qingxi,
        2021,
        [
            ("preamble", None, [Words("现将本镇情况报告如下。")]),
            (
                "achievements",
                _ACHIEVEMENTS,
                [mediated(40), Words("加强普法。", theme_id="law_publicity_reach")],
            ),
            ("problems", _PROBLEMS, [Words("执法力量仍有不足。", theme_id="enforcement_staff")]),
            (
                "plans",
                _PLANS,
                [
                    Words("充实执法队伍。", theme_id="enforcement_staff"),
                    Words("开展应急演练。", theme_id="emergency"),
                ],
            ),
        ],
        published_on=date(2022, 3, 31),
        document_date=date(2022, 3, 2),
    )


def _add_contradictions(corpus: RawCorpus, qingxi: Township) -> None:
    """2022: parts above their wholes, rates that do not fit their figures, a theme reported but still lacking."""
    corpus.add_report(
        "qingxi22",
        qingxi,
        2022,
        [
            (
                "achievements",
                _ACHIEVEMENTS,
                [
                    Words("执法队伍新增人员。", theme_id="enforcement_staff"),
                    Words(
                        "排查纠纷50件，化解60件，专项行动中调解30件，其中邻里纠纷20件、土地纠纷35件。",
                        [
                            Figure("50件", 50, "件", "disputes.found"),
                            Figure("60件", 60, "件", "disputes.resolved"),
                            Figure("30件", 30, "件", "disputes.mediated", {"scope": "partial"}),
                            Figure("20件", 20, "件", None, {"scope": "partial"}),
                            Figure("35件", 35, "件", None, {"scope": "partial"}),
                        ],
                    ),
                    Words(
                        "受理诉求560件，办结520件，办结率92.8%。",
                        [
                            Figure("560件", 560, "件", "government.citizen_requests_received"),
                            Figure("520件", 520, "件", "government.citizen_requests_closed"),
                            Figure("92.8%", 92.8, "%", "government.citizen_request_closure_rate"),
                        ],
                    ),
                    Words(
                        "受理信访10件，办结8件，办结率95%。",
                        [
                            Figure("10件", 10, "件", "disputes.petitions_received"),
                            Figure("8件", 8, "件", "disputes.petitions_closed"),
                            Figure("95%", 95, "%", "disputes.petition_closure_rate"),
                        ],
                    ),
                    mediated(25),
                ],
            ),
            ("leadership", "第一责任人履职", [Words("主要负责人亲自部署。")]),
            ("problems", _PROBLEMS, [Words("执法力量仍有不足。", theme_id="enforcement_staff")]),
            ("plans", _PLANS, [Words("继续努力。")]),
        ],
        published_on=date(2023, 4, 11),
    )


def _add_jump(corpus: RawCorpus, qingxi: Township) -> None:
    """2024: ten times the previous figure, an impossible rate, and an earlier version of the report."""
    corpus.add_report(
        "qingxi24",
        qingxi,
        2024,
        [
            (
                "achievements",
                _ACHIEVEMENTS,
                [
                    mediated(300),
                    Words(
                        "化解率130%，种树7棵。",
                        [
                            Figure("130%", 130, "%", "disputes.resolution_rate"),
                            Figure("7棵", 7, "棵", None),
                        ],
                    ),
                ],
            )
        ],
    )
    corpus.add_report(
        "qingxi24old",
        qingxi,
        2024,
        [("achievements", _ACHIEVEMENTS, [mediated(299)])],
        status="superseded",
        reason="corrected: by qingxi24.txt",
    )
    corpus.rows["files"][-1] = corpus.rows["files"][-1]._replace(superseded_by="qingxi24")


def _add_bounds(corpus: RawCorpus, shiqiao: Township) -> None:
    """2022 and 2024: a figure that is only a lower bound, and an approximate one."""
    for year, value, changes in (
        (2022, 100, {"qualifier": "at_least"}),
        (2024, 100, {"qualifier": "approx"}),
    ):
        corpus.add_report(
            f"shiqiao{year - 2000}",
            shiqiao,
            year,
            [
                (
                    "achievements",
                    _ACHIEVEMENTS,
                    [mediated(value, **changes), Words("种树7棵。", [Figure("7棵", 7, "棵", None)])],
                )
            ],
        )
