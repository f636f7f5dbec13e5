"""Figures of generated reports: sentences with slots, plausible and consistent values, printed forms."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass

# Plausible range of a figure: by indicator, else by unit, else 2 to 60.
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

# (whole, part, rate, range of the whole), drawn together so that a report never contradicts itself.
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
DOMAINS = (
    "leadership", "government", "rules", "decision", "enforcement", "disputes",
    "litigation", "oversight", "capacity", "publicity", "legal_services",
)  # fmt: skip
SLOT = re.compile(r"<([^<>:]*):([^<>:@]*)(?:@(\w+))?(?::([^<>]+))?>")
STOPS = re.compile(r"[。；\n]|\{[A-Z]\}")


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a phrasing holds a figure."""

    key: str  # indicator whose value is shown; empty if none is certain
    indicators: tuple[str, ...]  # as truth prints them, one row each
    unit: str
    period: str
    literal: str  # printed instead of a number for an explicit none; else empty
    low: int
    ratio: float
    is_approximable: bool
    before: str  # the text before it within the sentence, at most 12 characters
    after: str


@dataclass(frozen=True, slots=True)
class Phrasing:
    """A sentence with figures: texts[0], slot 0, texts[1], slot 1 … texts[-1]."""

    lead_in: str
    texts: tuple[str, ...]
    slots: tuple[Slot, ...]
    mask: int  # one bit per indicator


def compile_phrasing(domain: str, lead_in: str, text: str, bits: dict[str, int]) -> Phrasing:
    """Cut a phrasing at its slots; KeyError or ValueError if it is malformed."""
    if lead_in not in LEADS:
        raise ValueError(f"lead_in {lead_in!r}")
    if domain not in DOMAINS and domain not in ("problems", "plans"):
        raise ValueError(f"domain_id {domain!r}")
    texts: list[str] = []
    slots: list[Slot] = []
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
            Slot(
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
    ):  # a report that denies says nothing else about the domain
        mask |= sum(
            bit for indicator, bit in bits.items() if indicator.startswith(domain + ".") and not mask & bit
        )
    return Phrasing(lead_in, tuple(texts), tuple(slots), mask)


def draw_value(slot: Slot, values: dict[str, float], rng: random.Random) -> float:
    """Return the value of a slot; `values` keeps only tied indicators, because no other is printed twice."""
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
    """Draw an indicator together with those that must agree with it."""
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


def print_figure(slot: Slot, value: float, rng: random.Random, has_spaces: bool) -> tuple[str, str, str, str]:
    """Return how a figure is printed.

    Returns:
        The words before the surface (约, 近, 不少于), the surface, the value as printed
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
