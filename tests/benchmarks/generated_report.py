"""One generated report: title, sections, sentences and closing line, and the truth about it."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from orchestration.pipeline.records import Township
from tests.benchmarks.generated_figures import (
    DOMAINS,
    LEADS,
    Phrasing,
    draw_value,
    print_figure,
)

ORDINALS = ("一", "二", "三", "四", "五", "六", "七", "八", "九", "十")
HALF_WIDTH = (("，", ","), ("；", ";"), ("：", ":"), ("（", "("), ("）", ")"))


@dataclass(frozen=True, slots=True)
class GeneratedReport:
    """One report and the truth about it; rows have the columns of the truth tables."""

    name: str  # file name without its ending, unique within a seed
    ending: str  # .txt or .html
    data: bytes  # bytes of the file
    text: str  # before encoding and markup
    report_row: tuple[str, ...]
    section_rows: list[tuple[str, ...]]
    quantity_rows: list[tuple[str, ...]]


class Words:
    """The two tables, compiled."""

    def __init__(self, phrasings: dict[str, list[Phrasing]], prose: dict[tuple[str, str], list[str]]) -> None:
        self.phrasings = phrasings
        self.prose = prose


class Draft:
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
class Layout:
    """How one report is laid out."""

    is_half_width: bool
    has_spaces: bool  # 15 场
    level2: str
    level3: str | None  # None: no third level
    join: str  # between a heading of level 2 and its body
    is_enumerated: bool  # 一是 … 二是


def _write_phrasing(draft: Draft, phrasing: Phrasing, rng: random.Random, has_spaces: bool) -> str:
    """Return the sentence without its full stop; its figures are added to the draft's truth."""
    leads = LEADS[phrasing.lead_in]
    out = leads[int(rng.random() * len(leads))]
    name, rows = draft.name, draft.quantities
    for text, slot in zip(phrasing.texts, phrasing.slots, strict=False):
        if slot.literal:
            ahead, surface, value, qualifier = "", slot.literal, "0", "exact"
        else:
            drawn = draw_value(slot, draft.values, rng)
            ahead, surface, value, qualifier = print_figure(slot, drawn, rng, has_spaces)
        shown = ahead + surface
        out += text + shown
        quote = slot.before + shown if slot.before else shown + slot.after
        for indicator in slot.indicators:
            rows.append((name, quote, surface, value, slot.unit, qualifier, slot.period, indicator))
    draft.used |= phrasing.mask
    return out + phrasing.texts[-1]


def _write_section(
    draft: Draft, words: Words, layout: Layout, rng: random.Random, domain: str, ordinal: str, kind: str
) -> None:
    """Write a section of level 2 with its body, and perhaps children of level 3."""
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
    draft: Draft, words: Words, layout: Layout, rng: random.Random, domain: str
) -> list[str]:
    """Return two or three passages of prose and figures, each ending with a full stop."""
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
    """Return sentences of two acts each."""
    return "".join(f"{'，'.join(acts[at : at + 2])}。" for at in range(0, len(acts), 2))


def _write_outlook(
    draft: Draft, words: Words, layout: Layout, rng: random.Random, kind: str, figure_share: float
) -> None:
    """Write the body of problems or plans: children of level 2, or one paragraph of 一是."""
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


def write_report(
    name: str, rng: random.Random, words: Words, place: Township, year: int, is_plain: bool
) -> GeneratedReport:
    """Return one report; `is_plain` means that county and unit name alone identify its township.

    The steps must draw from `rng` in a fixed order: a seed gives the same bytes only as long as it stays the same.
    """
    layout = _choose_layout(rng)
    draft = Draft(name)
    body = "办事处" if place.unit_type == "街道" else "人民政府"
    title, published = _write_head(draft, words, rng, place, year, body, is_plain=is_plain)
    domains = rng.sample(DOMAINS, rng.randrange(6, 9))
    if rng.random() < 0.7:
        domains.sort(key=DOMAINS.index)
    for n, kind in enumerate(["achievements", *_choose_outline(rng)]):
        heading = rng.choice(words.prose[kind, "title"])
        heading = heading.replace("{Y}", str(year)).replace("{P}", str(year + 1))
        draft.sections.append((name, "1", ORDINALS[n], heading, kind))
        draft.lines.append(f"{ORDINALS[n]}、{heading}")
        if kind == "achievements":
            for at, domain in enumerate(domains):
                _write_section(draft, words, layout, rng, domain, ORDINALS[at], kind)
        elif kind == "leadership":
            _write_duty(draft, words, layout, rng)
        else:
            _write_outlook(draft, words, layout, rng, kind, 0.2 if kind == "problems" else 0.3)
    document = _sign(draft, rng, f"{place.unit_name}{body}", year)

    text = "\n".join(draft.lines).replace("{Y}", str(year)).replace("{P}", str(year + 1))
    text = text.replace("{Z}", "街道" if place.unit_type == "街道" else place.unit_name[-1])
    if layout.is_half_width:
        for mark, half in HALF_WIDTH:
            text = text.replace(mark, half)
    ending, data = _encode(text, title, rng.random())
    report_row = (
        name, title, place.unit_name, place.unit_type, place.county_name, place.county_code, place.city_name,
        place.province_name, str(year), published, document,
    )  # fmt: skip
    return GeneratedReport(name, ending, data, text, report_row, draft.sections, draft.quantities)


def _choose_layout(rng: random.Random) -> Layout:
    return Layout(
        is_half_width=rng.random() < 0.15,
        has_spaces=rng.random() < 0.08,
        level2="（{}）",
        level3=rng.choice((".", "．", "、", ". ")) if rng.random() < 0.3 else None,
        join="" if rng.random() < 0.06 else "\n" if rng.random() < 0.4 else "。",
        is_enumerated=rng.random() < 0.5,
    )


def _write_head(
    draft: Draft, words: Words, rng: random.Random, place: Township, year: int, body: str, *, is_plain: bool
) -> tuple[str, str]:
    """Write title, publication date, addressee and introduction; return title and date, empty if there is none."""
    city = "" if place.city_name in (place.province_name, place.county_name) else place.city_name
    full = f"{place.province_name}{city}{place.county_name}{place.unit_name}"
    way = rng.random() if is_plain else 0.0
    if way < 0.35:
        title = f"{full}{body}关于{year}年度法治政府建设情况的报告"
    elif way < 0.6:
        title = f"{place.county_name}{place.unit_name}{year}年法治政府建设工作报告"
    elif way < 0.8:
        title = f"{place.county_name}{place.unit_name}{body}{year}年度法治政府建设情况报告"
    else:
        title = f"{place.unit_name}关于{year}年法治政府建设情况的报告"
    draft.lines.append(title)
    published = f"{year + 1}-0{rng.randrange(3, 6)}-{rng.randrange(10, 29)}" if rng.random() < 0.3 else ""
    if published:
        draft.lines.append(f"发布日期：{published}")
    if way >= 0.8:
        draft.lines.append(f"{place.county_name}人民政府：")
    introduction = "。".join(rng.sample(words.prose["preamble", "act"], 3))
    draft.lines.append(f"{introduction}。现将有关情况报告如下：")
    return title, published


def _choose_outline(rng: random.Random) -> list[str]:
    """Return the parts after the achievements; one report in ten has none on leadership."""
    if rng.random() >= 0.9:
        return ["problems", "plans"]
    return ["problems", "leadership", "plans"] if rng.random() < 0.3 else ["leadership", "problems", "plans"]


def _write_duty(draft: Draft, words: Words, layout: Layout, rng: random.Random) -> None:
    """Write the part on leadership: acts with figures between them."""
    acts = rng.sample(words.prose["duty", "act"], 8)
    figures = [_write_phrasing(draft, p, rng, layout.has_spaces) for p in _duty_phrasings(draft, words, rng)]
    told = [f"{figure}。" for figure in figures]
    draft.lines.append("".join([_join_in_pairs(acts[:4]), *told, _join_in_pairs(acts[4:])]))


def _sign(draft: Draft, rng: random.Random, signer: str, year: int) -> str:
    """Sign and date some reports; return the date, empty if there is none."""
    if rng.random() >= 0.4:
        return ""
    month, day = rng.randrange(1, 3), rng.randrange(1, 29)
    draft.lines += (signer, f"{year + 1}年{month}月{day}日")
    return f"{year + 1}-{month:02d}-{day:02d}"


def _duty_phrasings(draft: Draft, words: Words, rng: random.Random) -> list[Phrasing]:
    """Return up to two sentences with figures on what the leaders did."""
    first, *rest = rng.sample(words.phrasings["leadership"], 4)
    chosen = [first] if not first.mask & draft.used else []
    for phrasing in rest:
        if len(chosen) < 2 and not any(
            phrasing.mask & mask for mask in (draft.used, *(p.mask for p in chosen))
        ):
            chosen.append(phrasing)
    return chosen


def _encode(text: str, title: str, way: float) -> tuple[str, bytes]:
    """Return ending and bytes: text in UTF-8 (75 %) or GB18030 (5 %), or a web page (20 %)."""
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
