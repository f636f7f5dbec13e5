"""Headings of sections: where a heading ends, and which type of section it opens.

The vocabulary is `seeds/reference/segment/section_headings.csv`, one regular expression per row:

| role            | the pattern is                                                                     |
|-----------------|------------------------------------------------------------------------------------|
| `type`          | searched in a level-1 heading; the earliest match decides the section type         |
| `override`      | searched in a level-2 heading, which then has a type of its own inside 一、        |
| `title`         | the whole of a short line that is a heading although it has no mark                |
| `opening`       | the start of a paragraph or sentence that opens a section without a heading        |
| `turn`          | the start of a sentence or clause at which a part named after two types turns      |
| `closing`       | searched in a line below the report's end (signature, date, website furniture)     |
| `body_start`    | the start of a body that follows its heading without a stop: a new subject or time |
| `heading_end`   | a word that often ends a heading; with `body_begin` it marks a seam                |
| `body_begin`    | a word that often begins the body                                                  |
| `prose`         | a sign that a sentence is prose, not a heading                                     |

Section types: `preamble`, `achievements`, `leadership`, `problems`, `plans`, `other` (contract).
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from orchestration.pipeline.chinese import HAN
from orchestration.pipeline.reference.tables import read_reference_table
from orchestration.pipeline.vocabulary import SectionType

HEADINGS_TABLE = "segment/section_headings.csv"
SECTION_TYPES = frozenset(SectionType)
_TYPED_ROLES = frozenset({"type", "override", "title", "opening", "turn", "closing"})
_PLAIN_ROLES = frozenset({"body_start", "heading_end", "body_begin", "prose"})

# Most characters and clauses of a heading, by the text after it.
_WITH_BODY = (60, 4)
_WITHOUT_BODY = (40, 3)
_OPEN_LINE = (64, 4)  # a line of its own without a final stop
_RUN_IN_SEARCH = 120  # characters to search for the seam between heading and body
_SHORTEST_RUN_IN = 4  # characters of a heading before a seam
_LONG_RUN_IN = 30  # a longer first sentence may be heading and body in one
_LONG_CLAUSE = 14  # a clause this long may contain a seam
_OPEN_ENDS = "，,、；;的和与对在将由向及以为是按于"  # a heading does not end with these

_FIRST_STOP = re.compile(
    rf"""
    (
        (?: [^。！？!?；;：:.“《（(\n]++
          | “[^”\n]{{0,60}}” | 《[^》\n]{{0,60}}》 | [（(][^）)\n]{{0,60}}[）)]  # e.g. “三强化。”行动。
          | [“《（(]                                                            # never closed
          | (?<![{HAN}”》）)]) \. | \.(?=\d)                                     # e.g. 1.5。   A.
          | (?!)          # for Python before 3.11.5, where *+ resumes where the last branch failed (gh-106052)
        )*+
    )
    ( [。！？!?；;：:.]? )
    """,
    re.VERBOSE,
)
_CLAUSE_STOP = re.compile(r"[，,；;]")
# 集中学法：12次, 合同审查：全年26份，提出意见9条。: a row of a form, whose label must stay with its figure
_FIGURE_FIRST = re.compile(
    r"""
    \s* (?:全年|年内|今年以来|累计|现有|开展|召开|举办|组织|[约近共已]|[共合总]计){0,3}  # e.g. 全年共12次
    [0-9０-９] [0-9０-９.,，]*                           # e.g. 12次。   约3.2万元
    [^\s，。；：,;:0-9]{0,5}
    (?: [。；;]? \s* \Z | (?P<more> [，；,;] [^。]* 。? \s* \Z ) )
    """,
    re.VERBOSE,
)
_SPACE_SEAM = re.compile(rf"(?<=[{HAN}”》）)])[ \t　]+(?=[{HAN}“《])")
_YEAR = re.compile(r"20\d\d(?=年)")


@dataclass(frozen=True, slots=True)
class HeadingRules:
    """The compiled rows of section_headings.csv."""

    types: tuple[tuple[str, re.Pattern[str]], ...]
    overrides: tuple[tuple[str, re.Pattern[str]], ...]
    any_override: re.Pattern[str]  # one search rules out most headings
    titles: tuple[tuple[str, re.Pattern[str]], ...]
    openings: tuple[tuple[str, re.Pattern[str]], ...]
    turns: tuple[tuple[str, re.Pattern[str]], ...]
    closing: re.Pattern[str]
    body_start: re.Pattern[str]
    seam: re.Pattern[str]
    prose: re.Pattern[str]


@dataclass(slots=True)
class Heading:
    """A heading, as half-open character offsets in the text."""

    start: int
    end: int  # without the stop after it


def load_heading_rules(reference_dir: Path) -> HeadingRules:
    """Load and compile section_headings.csv.

    Args:
        reference_dir: The folder seeds/reference.

    Returns:
        The compiled rules, in row order.

    Raises:
        ValueError: A row has an unknown role, a wrong section type or an invalid expression.
    """
    by_role: dict[str, list[tuple[str, str]]] = defaultdict(list)
    columns = ("pattern_id", "role", "section_type", "pattern", "note")
    for row in read_reference_table(reference_dir / HEADINGS_TABLE, columns, "pattern_id"):
        role, section_type, pattern = row["role"], row["section_type"], row["pattern"]
        if role not in _TYPED_ROLES | _PLAIN_ROLES:
            raise row.error(f"unknown role {role!r}")
        if (section_type in SECTION_TYPES) is not (role in _TYPED_ROLES):
            raise row.error(f"section_type {section_type!r} does not go with role {role!r}")
        try:
            re.compile(pattern)
        except re.error as error:
            raise row.error(f"pattern is not a regular expression: {error}") from error
        by_role[role].append((section_type, pattern))

    def compiled(role: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
        return tuple((section_type, re.compile(pattern)) for section_type, pattern in by_role[role])

    def joined(role: str) -> str:
        return "|".join(f"(?:{pattern})" for _, pattern in by_role[role])

    return HeadingRules(
        types=compiled("type"),
        overrides=compiled("override"),
        any_override=re.compile(joined("override")),
        titles=compiled("title"),
        openings=tuple(
            (section_type, re.compile(rf"(?:^|(?<=[。！]))(?:{pattern})", re.M))
            for section_type, pattern in by_role["opening"]
        ),
        turns=tuple(
            (section_type, re.compile(rf"(?:^|(?<=[。！；;，,]))(?:{pattern})", re.M))
            for section_type, pattern in by_role["turn"]
        ),
        closing=re.compile(joined("closing")),
        body_start=re.compile(joined("body_start")),
        seam=re.compile(f"(?:{joined('heading_end')})(?=(?:{joined('body_begin')}))"),
        prose=re.compile(joined("prose")),
    )


def find_heading(
    text: str, start: int, end: int, level: int, rules: HeadingRules, *, has_children: bool, is_inline: bool
) -> Heading | None:
    """Separate the heading of an enumerated paragraph from its body.

    A heading is a line of its own, the first sentence of its paragraph, or followed by the body
    without a stop. An item that is one long sentence (执法人员偏少，…，从而…，尤其是….) has none.

    Args:
        text: The clean text.
        start: End of the mark.
        end: End of the paragraph, or start of the next mark within it.
        level: 1 to 4.
        rules: The vocabulary.
        has_children: Whether a deeper mark or an unmarked paragraph follows.
        is_inline: Whether the mark is within a line.

    Returns:
        The heading; None if the paragraph is prose.
    """
    match = _FIRST_STOP.match(text, start, end)
    assert match is not None
    sentence, stop = match.group(1), match.group(2)
    has_rest = bool(text[match.end() : end].strip())
    first = sentence.rstrip(" \t　，,、")
    if not first or (has_rest and stop in ("；", ";")):
        return None
    figure = _FIGURE_FIRST.match(text[match.end() : end]) if stop in ("：", ":") else None
    if figure and (level > 1 or not figure["more"]):
        return None
    if is_inline and not has_rest and not (level == 1 or (level == 2 and has_children)):
        return None  # …：（1）…；（2）…： a list within a sentence
    if not has_rest and not stop:
        is_heading = _is_short(first, _OPEN_LINE, level)
        is_long = False
    else:
        limit = _WITH_BODY if has_rest or has_children else _WITHOUT_BODY
        is_heading = _is_short(first, limit, level) and not rules.prose.search(first)
        is_long = len(first) > _LONG_RUN_IN
    length = None
    if is_long or not is_heading:
        length = _find_strong_seam(text, first, rules)
        if length is None:
            length = _find_weak_seam(first, rules)
        if length is None and not is_heading:
            return None
    return Heading(start, start + len(first[:length].rstrip(" \t　，,、")))


def _is_short(sentence: str, limit: tuple[int, int], level: int) -> bool:
    """Return whether a sentence has no more characters and clauses than a heading of its level."""
    longest, most_clauses = limit
    if level == 1:
        longest, most_clauses = longest + 20, most_clauses + 1
    return len(sentence) <= longest and len(_CLAUSE_STOP.findall(sentence)) < most_clauses


def _find_strong_seam(text: str, sentence: str, rules: HeadingRules) -> int | None:
    """Return the length of a heading followed directly by a new subject or time, or by white space.

    …法治政府建设|镇党委高度重视…. None without such a seam after at least four characters of heading.
    A unit's name before 镇, 乡, 街道 belongs to the body (…走深走实|某某镇党委…); it is recognised
    because it occurs again in the text.
    """
    part = sentence[:_RUN_IN_SEARCH]
    seams = []
    match = rules.body_start.search(part, _SHORTEST_RUN_IN)
    if match:
        seam, kind = match.start(), match[0]
        if kind.startswith(("镇", "乡", "街道")):
            for length in (4, 3, 2):
                name = part[seam - length : seam] + kind[: 2 if kind.startswith("街道") else 1]
                if text.count(name) > 1:
                    seam -= length
                    break
        if part[seam - 1] not in _OPEN_ENDS:
            seams.append(seam)
    space = _SPACE_SEAM.search(part, _SHORTEST_RUN_IN)
    if space:
        seams.append(space.start())
    return _checked_seam(part, min(seams, default=None), rules)


def _find_weak_seam(sentence: str, rules: HeadingRules) -> int | None:
    """Return the length of a heading followed directly by a verb (…行政效能|深入推进改革创新，…).

    The seam is a word that ends headings right before one that begins bodies, in a clause too long
    for a heading. None without a seam.
    """
    part = sentence[:_RUN_IN_SEARCH]
    clause_start = 0
    for clause in _CLAUSE_STOP.split(part):
        if len(clause) >= _LONG_CLAUSE:
            match = rules.seam.search(part, clause_start + _SHORTEST_RUN_IN, clause_start + len(clause))
            if match:
                return _checked_seam(part, match.end(), rules)
        clause_start += len(clause) + 1
    return None


def _checked_seam(part: str, seam: int | None, rules: HeadingRules) -> int | None:
    """Return the seam if the text before it can be a heading, else None."""
    if seam is None or seam > _WITH_BODY[0] or rules.prose.search(part[:seam]):
        return None
    return seam


def find_section_types(heading: str, rules: HeadingRules) -> list[str]:
    """Return the section types that a level-1 heading names, in its order.

    主要举措和成效及存在的不足 names achievements and problems. If two patterns match at the same
    offset, the earlier row of the table comes first. Leadership is the only type of a heading that
    names it, unless the heading begins with achievements.
    """
    found: list[tuple[int, int, str]] = []
    for rank, (section_type, pattern) in enumerate(rules.types):
        match = pattern.search(heading)
        if match:
            found.append((match.start(), rank, section_type))
    names = [section_type for _, _, section_type in sorted(found)]
    if SectionType.LEADERSHIP in names:
        return (
            [SectionType.LEADERSHIP] if names[0] != SectionType.ACHIEVEMENTS else list(dict.fromkeys(names))
        )
    return list(dict.fromkeys(names))


def find_override(heading: str, rules: HeadingRules) -> str | None:
    """Return the section type of a level-2 heading that overrides its parent's, or None."""
    if rules.any_override.search(heading) is None:
        return None
    return next((kind for kind, pattern in rules.overrides if pattern.search(heading)), None)


def find_title_type(line: str, rules: HeadingRules) -> str | None:
    """Return the section type of a line that is a heading without a mark, or None."""
    return next((kind for kind, pattern in rules.titles if pattern.fullmatch(line)), None)


def find_year(text: str) -> int | None:
    """Return the first year in the text, or None."""
    match = _YEAR.search(text)
    return int(match[0]) if match else None
