"""Realistic reports in our own wording, with the truth about each of them.

    python -m tests.benchmarks.generate_reports --count 2000 --out DIR --seed 1

writes DIR/reports/NNN/rNNNNNN.txt (or .html) and DIR/truth/{reports,sections,quantities}.csv,
the latter in the form of the hand-made gold that a warehouse is scored against. The same
seed, catalogue and gazetteer give the same bytes; report i does not depend on the count.

Words live in two tables beside this file, so that a phrasing is added without code:
`phrasings.csv` (sentences with figures; slots as README.md describes) and `prose.csv`
(headings and sentences without figures). Layout, numbers and consistency belong here;
reading reports does not: nothing of the pipeline but its gazetteer is used.
"""

from __future__ import annotations

import argparse
import csv
import random
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from orchestration.pipeline.identify.gazetteer import load_gazetteer
from orchestration.pipeline.records import Township

HERE = Path(__file__).resolve().parent
REFERENCE_DIR = HERE.parents[1] / "seeds" / "reference"
UNIT_TYPES = frozenset(("镇", "乡", "民族乡", "街道", "苏木"))
MIN_PHRASINGS = 4  # per indicator

REPORT_COLUMNS = (
    "report", "title", "unit_name", "unit_type", "county_name", "county_code", "city_name", "province_name",
    "report_year", "published_on", "document_date",
)  # fmt: skip
SECTION_COLUMNS = ("report", "level", "ordinal", "heading", "section_type")
QUANTITY_COLUMNS = ("report", "quote", "surface", "value", "unit", "qualifier", "period", "indicator")

# Plausible size of a figure: by indicator, else by unit, else 2 to 60.
RANGES: dict[str, tuple[int, int]] = {
    "government.service_cases": (300, 60000),
    "government.service_items": (40, 300),
    "government.duty_items": (60, 300),
    "leadership.committee_meetings": (12, 60),
    "leadership.law_work_meetings": (2, 12),
    "leadership.law_work_briefings": (2, 8),
    "leadership.law_staff": (2, 9),
    "decision.legal_advisers": (2, 5),
    "decision.law_firms": (2, 4),
    "enforcement.fine_amount": (1000, 400000),
    "enforcement.inspections": (20, 900),
    "enforcement.hazards_found": (10, 800),
    "litigation.lost_cases": (1, 3),
    "litigation.reconsideration_cases": (1, 8),
    "oversight.information_disclosed": (30, 2500),
    "oversight.judicial_suggestions": (1, 6),
    "capacity.exam_participants": (20, 300),
    "capacity.training_participants": (40, 1500),
    "publicity.materials": (500, 40000),
    "publicity.participants": (300, 60000),
    "publicity.online_posts": (10, 400),
    "legal_services.law_literate_villagers": (20, 300),
    "legal_services.consultations": (30, 1500),
    "disputes.mediators": (10, 150),
    "disputes.grid_workers": (10, 200),
}
RANGES_BY_UNIT = {"元": (2000, 900000), "平方米": (100, 9000), "次": (2, 40), "个百分点": (1, 9)}
DEFAULT_RANGE = (2, 60)

# (whole, part, rate, range of the whole): drawn together, so that a report never contradicts itself.
TRIPLES: tuple[tuple[str, str, str | None, tuple[int, int]], ...] = (
    ("disputes.found", "disputes.resolved", "disputes.resolution_rate", (30, 900)),
    ("disputes.petitions_received", "disputes.petitions_closed", "disputes.petition_closure_rate", (5, 120)),
    (
        "government.citizen_requests_received",
        "government.citizen_requests_closed",
        "government.citizen_request_closure_rate",
        (80, 6000),
    ),
    ("enforcement.officers", "enforcement.certified_officers", "enforcement.certified_rate", (4, 30)),
    ("enforcement.cases", "enforcement.closed_cases", None, (8, 400)),
    ("litigation.litigation_cases", "litigation.head_appearances", "litigation.head_appearance_rate", (2, 9)),
)
# Parts that add up to the whole.
SUMS = (
    ("enforcement.cases", "enforcement.simple_cases", "enforcement.general_cases"),
    ("enforcement.simple_cases", "enforcement.warnings", "enforcement.fine_cases"),
)

_TIED = frozenset(
    [name for whole, part, rate, _ in TRIPLES for name in (whole, part, rate) if name]
    + [name for row in SUMS for name in row]
)
_TRIPLE_OF = {name: row for row in TRIPLES for name in row[:3] if name}
_SUM_OF = {name: row for row in SUMS for name in row[1:]}

LEADS = {
    "flow": ("", "", "", "全年", "今年以来，", "{Y}年，", "一年来，", "截至{Y}年底，", "年内，"),
    "now": ("", "", "目前，", "截至目前，"),
    "": ("",),
}
CHINESE = "〇一二三四五六七八九十"
ORDINALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")
HALF_WIDTH = (("，", ","), ("；", ";"), ("：", ":"), ("（", "("), ("）", ")"))
DOMAINS = (
    "leadership", "government", "rules", "decision", "enforcement", "disputes",
    "litigation", "oversight", "capacity", "publicity", "legal_services",
)  # fmt: skip
SLOT = re.compile(r"<([^<>:]*):([^<>:@]*)(?:@(\w+))?(?::([^<>]+))?>")
STOPS = re.compile(r"[。；\n]|\{[A-Z]\}")


@dataclass(frozen=True, slots=True)
class GeneratedReport:
    """One report and the truth about it; rows have the columns of the truth tables."""

    name: str  # of the file, without its ending: unique within a seed
    ending: str  # .txt or .html
    data: bytes  # as a file holds it
    text: str  # before encoding and markup
    report_row: tuple[str, ...]
    section_rows: list[tuple[str, ...]]
    quantity_rows: list[tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Slot:
    """Where a phrasing holds a figure."""

    key: str  # indicator whose value is shown; empty where none is sure
    indicators: tuple[str, ...]  # as truth prints them, one row each
    unit: str
    period: str
    literal: str  # printed instead of a number: an explicit none; else empty
    low: int
    ratio: float
    is_approximable: bool
    before: str  # what stands before it within the sentence, at most 12 characters
    after: str


@dataclass(frozen=True, slots=True)
class _Phrasing:
    """A sentence with figures: texts[0], slot 0, texts[1], slot 1 … texts[-1]."""

    lead_in: str
    texts: tuple[str, ...]
    slots: tuple[_Slot, ...]
    mask: int  # one bit for each indicator


class _Words:
    """The two tables, compiled."""

    def __init__(
        self, phrasings: dict[str, list[_Phrasing]], prose: dict[tuple[str, str], list[str]]
    ) -> None:
        self.phrasings = phrasings
        self.prose = prose


class _Draft:
    """A report while it is being written."""

    __slots__ = ("lines", "name", "quantities", "sections", "used", "values")

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: list[str] = []
        self.sections: list[tuple[str, ...]] = []
        self.quantities: list[tuple[str, ...]] = []
        self.values: dict[str, float] = {}
        self.used = 0


@dataclass(frozen=True, slots=True)
class _Layout:
    """How one report is set."""

    is_half_width: bool
    has_spaces: bool  # 15 场
    level2: str
    level3: str | None  # None: no third level
    join: str  # between a heading of level 2 and its body
    is_enumerated: bool  # 一是 … 二是


def iter_reports(
    count: int,
    seed: int,
    townships: Sequence[Township] | None = None,
    years: int = 3,
    last_year: int = 2025,
    start: int = 0,
) -> Iterator[GeneratedReport]:
    """Reports `start` to `start + count` of a seed, made one at a time; errors come at once.

    Args:
        count: How many.
        seed: Same seed, same reports.
        townships: Whose reports; the gazetteer's towns, townships and sub-districts by default.
        years: Successive years per township, ending in `last_year`.
        last_year: The latest year reported on.
        start: Number of the first report.

    Raises:
        ValueError: There are fewer townships and years than reports, or a table is at fault.
    """
    townships = load_gazetteer().townships if townships is None else townships
    # The gazetteer has a few 街道 whose name is an office's: 西街办事处街道.
    places = [p for p in townships if p.unit_type in UNIT_TYPES and "办事处" not in p.unit_name]
    if start + count > len(places) * years:
        raise ValueError(f"{start + count} reports need more than {len(places)} townships and {years} years")
    random.Random(seed).shuffle(places)
    pairs = Counter((p.county_name, p.unit_name) for p in places)
    counties = Counter(name for name, _ in {(p.county_name, p.county_code) for p in places})
    words = _load_words(HERE, REFERENCE_DIR)

    def write(number: int) -> GeneratedReport:
        place = places[number // years]
        is_plain = (
            pairs[place.county_name, place.unit_name] == 1
            and counties[place.county_name] == 1
            and len(place.county_name) > 2
        )
        rng = random.Random(seed * 1_000_003 + number)
        return _write_report(f"r{number:06d}", rng, words, place, last_year - number % years, is_plain)

    return map(write, range(start, start + count))


def generate_reports(
    count: int,
    seed: int,
    folder: Path,
    townships: Sequence[Township] | None = None,
    years: int = 3,
    last_year: int = 2025,
) -> int:
    """Writes a corpus: `folder/reports/**` and the truth in `folder/truth/*.csv`.

    Returns:
        How many figures the reports hold.

    Raises:
        ValueError: As `iter_reports`.
        FileExistsError: The folder already holds reports: two corpora must not mix.
    """
    made = iter_reports(count, seed, townships, years, last_year)
    reports, truth = folder / "reports", folder / "truth"
    reports.mkdir(parents=True)
    truth.mkdir(exist_ok=True)
    figures = 0
    with (
        (truth / "reports.csv").open("w", encoding="utf-8", newline="") as report_file,
        (truth / "sections.csv").open("w", encoding="utf-8", newline="") as section_file,
        (truth / "quantities.csv").open("w", encoding="utf-8", newline="") as quantity_file,
    ):
        report_csv, section_csv, quantity_csv = (
            csv.writer(f, lineterminator="\n") for f in (report_file, section_file, quantity_file)
        )
        report_csv.writerow(REPORT_COLUMNS)
        section_csv.writerow(SECTION_COLUMNS)
        quantity_csv.writerow(QUANTITY_COLUMNS)
        for number, report in enumerate(made):
            batch = reports / f"{number // 1000:03d}"
            if number % 1000 == 0:
                batch.mkdir()
            (batch / f"{report.name}{report.ending}").write_bytes(report.data)
            report_csv.writerow(report.report_row)
            section_csv.writerows(report.section_rows)
            quantity_csv.writerows(report.quantity_rows)
            figures += len(report.quantity_rows)
    return figures


def _load_words(folder: Path, reference_dir: Path) -> _Words:
    """Reads and compiles the tables.

    Raises:
        ValueError: A row names an unknown indicator or domain, or an indicator has
            fewer than `MIN_PHRASINGS` phrasings.
    """
    with (reference_dir / "extract" / "indicators.csv").open(encoding="utf-8", newline="") as file:
        indicators = [row["indicator_id"] for row in csv.DictReader(file)]
    bits = {indicator: 1 << n for n, indicator in enumerate(indicators)}
    phrasings: dict[str, list[_Phrasing]] = defaultdict(list)
    seen: Counter[str] = Counter()
    path = folder / "phrasings.csv"
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            try:
                phrasing = _compile_phrasing(row["domain_id"], row["lead_in"], row["phrasing"], bits)
            except (KeyError, ValueError) as error:
                raise ValueError(f"{path.name} row {number}: {error}") from error
            phrasings[row["domain_id"]].append(phrasing)
            seen.update({i for slot in phrasing.slots for i in slot.indicators})
    thin = [indicator for indicator in indicators if seen[indicator] < MIN_PHRASINGS]
    if thin:
        raise ValueError(f"{path.name}: fewer than {MIN_PHRASINGS} phrasings for {', '.join(thin)}")
    prose: dict[tuple[str, str], list[str]] = defaultdict(list)
    with (folder / "prose.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            prose[row["section"], row["part"]].append(row["text"])
    return _Words(dict(phrasings), dict(prose))


def _compile_phrasing(domain: str, lead_in: str, text: str, bits: dict[str, int]) -> _Phrasing:
    """Cuts a phrasing at its slots; KeyError or ValueError where it is malformed."""
    if lead_in not in LEADS:
        raise ValueError(f"lead_in {lead_in!r}")
    if domain not in DOMAINS and domain not in ("problems", "plans"):
        raise ValueError(f"domain_id {domain!r}")
    texts: list[str] = []
    slots: list[_Slot] = []
    mask = at = 0
    matches = list(SLOT.finditer(text))
    if not matches or text.count("<") != len(matches):
        raise ValueError(f"no well-formed slot in {text!r}")
    for match in matches:
        names, unit, period, literal = match.groups()
        names = names.removesuffix("=0")
        choices = [
            [a if "." in a or not a else f"{domain}.{a}" for a in name.split("|")]
            for name in names.split("+")
        ]
        for indicator in (a for choice in choices for a in choice if a):
            mask |= bits[indicator]
        key = choices[0][0] if len(choices[0]) == 1 else ""
        before = text[at : match.start()]
        texts.append(before)
        at = match.end()
        low, high = RANGES.get(key) or RANGES_BY_UNIT.get(unit, DEFAULT_RANGE)
        slots.append(
            _Slot(
                key=key,
                indicators=tuple("|".join(choice) for choice in choices),
                unit=unit,
                period=period or "report_year",
                literal=literal or "",
                low=low,
                ratio=high / low,
                is_approximable=key not in _TIED and bool(unit) and low >= 10,
                before=STOPS.split(before)[-1][-12:],
                after=re.split(r"[<。；]", text[at:])[0][:6],
            )
        )
    texts.append(text[at:])
    if any(
        slot.literal and slot.key for slot in slots
    ):  # where a report denies, it says nothing else of the domain
        mask |= sum(
            bit for indicator, bit in bits.items() if indicator.startswith(domain + ".") and not mask & bit
        )
    return _Phrasing(lead_in, tuple(texts), tuple(slots), mask)


def _draw_value(slot: _Slot, values: dict[str, float], rng: random.Random) -> float:
    """The value of a slot. No indicator is told twice, so only tied ones are kept in `values`."""
    if slot.key in _TIED:
        if slot.key not in values:
            _draw_tied(slot.key, values, rng)
        return values[slot.key]
    if slot.unit == "%":
        if slot.period == "other":
            return round(1 + 40 * rng.random(), 1)
        return 100 if rng.random() < 0.4 else round(100 - 14 * rng.random(), rng.randrange(3))
    return int(slot.low * slot.ratio ** rng.random())


def _draw_tied(key: str, values: dict[str, float], rng: random.Random) -> None:
    """Draws an indicator together with those that must agree with it."""
    if key in _TRIPLE_OF:
        whole, part, rate, (low, high) = _TRIPLE_OF[key]
        total = int(low * (high / low) ** rng.random())
        some = total if rng.random() < 0.4 else total - int(total * 0.15 * rng.random())
        values[whole], values[part] = total, some
        if rate:
            values[rate] = round(100 * some / total, 2)
        return
    whole, first, second = _SUM_OF[key]
    if whole not in values:
        _draw_tied(whole, values, rng)
    total = int(values[whole])
    values[second] = min(max(int(total * 0.3 * rng.random()), 1), total)
    values[first] = total - values[second]


def _print_figure(
    slot: _Slot, value: float, rng: random.Random, has_spaces: bool
) -> tuple[str, str, str, str]:
    """How a figure is printed.

    Returns:
        What stands before the surface (约, 近, 不少于), the surface, the value as printed
        (1.2万 is 12000) and the qualifier.
    """
    unit = slot.unit
    style = rng.random()
    if unit == "%":
        if value == 100 and style < 0.06:
            return "", "百分之百", "100", "exact"
        return "", f"{value:g}{'％' if style > 0.9 else '%'}", f"{value:g}", "exact"
    number = int(value)
    digits = str(number)
    if style < 0.5 or slot.period == "plan" or not unit:
        return "", f"{digits} {unit}" if has_spaces and unit else digits + unit, digits, "exact"
    if 2 <= number <= 10 and style < 0.54:
        return "", ("两" if number == 2 else CHINESE[number]) + unit, digits, "exact"
    if number >= 1000 and style > 0.95:
        return "", f"{number:,}{unit}", digits, "exact"
    if number <= 10 or not slot.is_approximable:
        return "", digits + unit, digits, "exact"
    if number >= 10000:
        if style < 0.75:
            thousands = number // 1000
            return "", f"{thousands / 10:g}万{unit}", str(thousands * 1000), "exact"
        return "", f"{number // 10000}万余{unit}", str(number // 10000 * 10000), "approx"
    step = 10 ** (len(digits) - 1) if style < 0.7 else 10 ** max(len(digits) - 2, 1)
    rounded = str(number // step * step)
    if style < 0.8:
        return "", f"{rounded}余{unit}", rounded, "approx"
    if style < 0.84:
        return "", f"{rounded}多{unit}", rounded, "approx"
    if style < 0.87:
        return "近", rounded + unit, rounded, "approx"
    if style < 0.9:
        return "约", rounded + unit, rounded, "approx"
    if style < 0.93:
        return "", f"{rounded}{unit}以上", rounded, "at_least"
    return "不少于", rounded + unit, rounded, "at_least"


def _write_phrasing(draft: _Draft, phrasing: _Phrasing, rng: random.Random, has_spaces: bool) -> str:
    """The sentence, without its full stop; its figures go to the draft's truth."""
    leads = LEADS[phrasing.lead_in]
    out = leads[int(rng.random() * len(leads))]
    name, rows = draft.name, draft.quantities
    for text, slot in zip(phrasing.texts, phrasing.slots, strict=False):
        if slot.literal:
            ahead, surface, value, qualifier = "", slot.literal, "0", "exact"
        else:
            drawn = _draw_value(slot, draft.values, rng)
            ahead, surface, value, qualifier = _print_figure(slot, drawn, rng, has_spaces)
        shown = ahead + surface
        out += text + shown
        quote = slot.before + shown if slot.before else shown + slot.after
        for indicator in slot.indicators:
            rows.append((name, quote, surface, value, slot.unit, qualifier, slot.period, indicator))
    draft.used |= phrasing.mask
    return out + phrasing.texts[-1]


def _write_section(
    draft: _Draft, words: _Words, layout: _Layout, rng: random.Random, domain: str, ordinal: str, kind: str
) -> None:
    """One section of level 2 with its body, and perhaps children of level 3."""
    prose = words.prose
    heading = rng.choice(prose[domain, "heading"])
    draft.sections.append((draft.name, "2", ordinal, heading, kind))
    sentences = _write_sentences(draft, words, layout, rng, domain)
    head = layout.level2.format(ordinal) + heading
    if layout.level3 and len(sentences) > 2:
        draft.lines.append(head)
        items = rng.sample(prose[domain, "act"], 2)
        half = len(sentences) // 2
        for number, (item, part) in enumerate(
            zip(items, (sentences[:half], sentences[half:]), strict=True), start=1
        ):
            draft.sections.append((draft.name, "3", str(number), item, kind))
            draft.lines.append(f"{number}{layout.level3}{item}。{''.join(part)}")
        return
    if layout.is_enumerated:
        leads = rng.sample(prose["any", "lead"], min(len(sentences), 5))
        sentences = [
            f"{ORDINALS[n]}是{lead}。{s}" for n, (lead, s) in enumerate(zip(leads, sentences, strict=False))
        ] + (sentences[5:])
    body = "".join(sentences)
    if layout.join == "\n":
        draft.lines += (head, body)
    else:
        draft.lines.append(head + layout.join + body)


def _write_sentences(
    draft: _Draft, words: _Words, layout: _Layout, rng: random.Random, domain: str
) -> list[str]:
    """Two or three passages of prose and figures, each ending with a full stop."""
    prose, phrasings = words.prose, words.phrasings[domain]
    acts, results, negatives = prose[domain, "act"], prose["any", "result"], prose["any", "negative"]
    random_ = rng.random
    passages: list[str] = []
    first = int(random_() * len(phrasings))
    wanted = 2 + int(random_() * 2)
    step = 1 + 2 * int(random_() * 6)
    turn = int(random_() * len(acts))
    for n in range(wanted + 4):
        phrasing = phrasings[(first + n * step) % len(phrasings)]
        if phrasing.mask & draft.used or len(passages) == wanted:
            continue
        figures = _write_phrasing(draft, phrasing, rng, layout.has_spaces)
        act = f"{acts[turn % len(acts)]}，{acts[(turn + 1) % len(acts)]}"
        turn += 2
        result = results[int(random_() * len(results))]
        way = random_()
        if way < 0.25:
            passages.append(f"{act}，{figures}，{result}。")
        elif way < 0.5:
            passages.append(f"{act}；{figures}。")
        elif way < 0.6:
            passages.append(f"{negatives[int(random_() * len(negatives))]}。{figures}，{result}。")
        elif way < 0.85:
            passages.append(f"{act}，{result}。{figures}。")
        else:
            passages.append(f"{figures}。{act}，{result}。")
        if random_() < 0.9:
            passages[-1] += f"{acts[turn % len(acts)]}，{acts[(turn + 1) % len(acts)]}。"
            turn += 2
    if not passages:
        passages.append(f"{acts[0]}，{results[0]}。")
    return passages


def _join_in_pairs(acts: Sequence[str]) -> str:
    """Sentences of two acts each."""
    return "".join(f"{'，'.join(acts[at : at + 2])}。" for at in range(0, len(acts), 2))


def _write_outlook(
    draft: _Draft, words: _Words, layout: _Layout, rng: random.Random, kind: str, figure_share: float
) -> None:
    """The body of problems or plans: children of level 2, or one paragraph of 一是."""
    headings = rng.sample(words.prose[kind, "heading"], 3)
    acts = rng.sample(words.prose[kind, "act"], 12)
    has_children = rng.random() < 0.6
    parts: list[str] = []
    for n, heading in enumerate(headings):
        sentence = _join_in_pairs(acts[4 * n : 4 * n + 4])
        if rng.random() < figure_share:
            options = [p for p in words.phrasings[kind] if not p.mask & draft.used]
            sentence += _write_phrasing(draft, rng.choice(options), rng, False) + "。"
        if has_children:
            draft.sections.append((draft.name, "2", ORDINALS[n], heading, kind))
            parts.append(f"{layout.level2.format(ORDINALS[n])}{heading}。{sentence}")
        else:
            parts.append(f"{ORDINALS[n]}是{heading}。{sentence}")
    draft.lines += parts if has_children else ["".join(parts)]


def _write_report(
    name: str, rng: random.Random, words: _Words, place: Township, year: int, is_plain: bool
) -> GeneratedReport:
    """One report; `is_plain` tells that county and unit name alone identify its township."""
    random_ = rng.random
    prose = words.prose
    is_half_width = random_() < 0.15
    layout = _Layout(
        is_half_width=is_half_width,
        has_spaces=random_() < 0.08,
        level2="（{}）",
        level3=rng.choice((".", "．", "、", ". ")) if random_() < 0.3 else None,
        join="" if random_() < 0.06 else "\n" if random_() < 0.4 else "。",
        is_enumerated=random_() < 0.5,
    )
    draft = _Draft(name)
    lines = draft.lines

    body = "办事处" if place.unit_type == "街道" else "人民政府"
    city = "" if place.city_name in (place.province_name, place.county_name) else place.city_name
    full = f"{place.province_name}{city}{place.county_name}{place.unit_name}"
    way = random_() if is_plain else 0.0
    if way < 0.35:
        title = f"{full}{body}关于{year}年度法治政府建设情况的报告"
    elif way < 0.6:
        title = f"{place.county_name}{place.unit_name}{year}年法治政府建设工作报告"
    elif way < 0.8:
        title = f"{place.county_name}{place.unit_name}{body}{year}年度法治政府建设情况报告"
    else:
        title = f"{place.unit_name}关于{year}年法治政府建设情况的报告"
    lines.append(title)
    published = f"{year + 1}-0{rng.randrange(3, 6)}-{rng.randrange(10, 29)}" if random_() < 0.3 else ""
    if published:
        lines.append(f"发布日期：{published}")
    if way >= 0.8:
        lines.append(f"{place.county_name}人民政府：")
    lines.append(f"{'。'.join(rng.sample(prose['preamble', 'act'], 3))}。现将有关情况报告如下：")

    domains = rng.sample(DOMAINS, rng.randrange(6, 9))
    if random_() < 0.7:
        domains.sort(key=DOMAINS.index)
    has_duty = random_() < 0.9
    tail = ["leadership", "problems", "plans"] if has_duty else ["problems", "plans"]
    if has_duty and random_() < 0.3:
        tail = ["problems", "leadership", "plans"]
    for n, kind in enumerate(["achievements", *tail]):
        heading = rng.choice(prose[kind, "title"])
        heading = heading.replace("{Y}", str(year)).replace("{P}", str(year + 1))
        draft.sections.append((name, "1", ORDINALS[n], heading, kind))
        lines.append(f"{ORDINALS[n]}、{heading}")
        if kind == "achievements":
            for at, domain in enumerate(domains):
                _write_section(draft, words, layout, rng, domain, ORDINALS[at], kind)
        elif kind == "leadership":
            acts = rng.sample(prose["duty", "act"], 8)
            figures = [
                _write_phrasing(draft, p, rng, layout.has_spaces) for p in _duty_phrasings(draft, words, rng)
            ]
            told = [f"{figure}。" for figure in figures]
            lines.append("".join([_join_in_pairs(acts[:4]), *told, _join_in_pairs(acts[4:])]))
        else:
            _write_outlook(draft, words, layout, rng, kind, 0.2 if kind == "problems" else 0.3)
    document = ""
    if random_() < 0.4:
        month, day = rng.randrange(1, 3), rng.randrange(1, 29)
        document = f"{year + 1}-{month:02d}-{day:02d}"
        lines += (f"{place.unit_name}{body}", f"{year + 1}年{month}月{day}日")

    text = "\n".join(lines).replace("{Y}", str(year)).replace("{P}", str(year + 1))
    text = text.replace("{Z}", "街道" if place.unit_type == "街道" else place.unit_name[-1])
    if is_half_width:
        for mark, half in HALF_WIDTH:
            text = text.replace(mark, half)
    ending, data = _encode(text, title, random_())
    report_row = (
        name, title, place.unit_name, place.unit_type, place.county_name, place.county_code, place.city_name,
        place.province_name, str(year), published, document,
    )  # fmt: skip
    return GeneratedReport(name, ending, data, text, report_row, draft.sections, draft.quantities)


def _duty_phrasings(draft: _Draft, words: _Words, rng: random.Random) -> list[_Phrasing]:
    """Up to two sentences with figures on what the leaders did."""
    first, *rest = rng.sample(words.phrasings["leadership"], 4)
    chosen = [first] if not first.mask & draft.used else []
    for phrasing in rest:
        if len(chosen) < 2 and not any(
            phrasing.mask & mask for mask in (draft.used, *(p.mask for p in chosen))
        ):
            chosen.append(phrasing)
    return chosen


def _encode(text: str, title: str, way: float) -> tuple[str, bytes]:
    """Ending and bytes: text in UTF-8 (75 %) or GB18030 (5 %), or a web page (20 %)."""
    if way < 0.75:
        return ".txt", text.encode()
    if way < 0.8:
        return ".txt", text.encode("gb18030")
    first, _, rest = escape(text, quote=False).partition("\n")
    paragraphs = rest.replace("\n", "</p>\n<p>")
    page = (
        f'<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"><title>{title}</title></head>\n<body>\n'
        '<div class="nav"><a href="#">首页</a><a href="#">政务公开</a><a href="#">互动交流</a></div>\n'
        f'<div class="article"><h1>{first}</h1>\n<div class="content">\n<p>{paragraphs}</p>\n</div></div>\n'
        '<div class="footer">网站地图 | 联系我们</div>\n</body>\n</html>\n'
    )
    return ".html", page.encode()


def main(argv: Sequence[str] | None = None) -> int:
    """Command line; see the module's docstring."""
    parser = argparse.ArgumentParser(
        description="Write reports of our own wording, and the truth about them."
    )
    parser.add_argument("--count", type=int, required=True, help="how many reports")
    parser.add_argument("--out", type=Path, required=True, help="folder to make: OUT/reports and OUT/truth")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--years", type=int, default=3, help="successive years per township")
    parser.add_argument("--last-year", type=int, default=2025)
    args = parser.parse_args(argv)
    began = time.perf_counter()
    figures = generate_reports(args.count, args.seed, args.out, years=args.years, last_year=args.last_year)
    seconds = time.perf_counter() - began
    print(f"{args.count} reports with {figures} figures in {seconds:.1f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
