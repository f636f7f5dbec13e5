"""LaTeX formulas in a text ($12$件, as in Markdown): write out the figures that they show."""

from __future__ import annotations

import re

from orchestration.pipeline.chinese import ALL_HAN
from orchestration.pipeline.readers.raised import write_raised

_BEFORE = f"{ALL_HAN}，、：；。"
_FORMULA = re.compile(
    rf"""
    \$\$ (?P<display> [^$\n]{{1,80}} ) \$\$                                         # e.g. $$12$$
    | (?<![\\$A-Za-z]) \$ (?!\s) (?P<inline> [^$\n]{{1,80}} ) (?<![\s\\]) \$ (?!\d)  # e.g. $12$; not US$5
    | (?: (?<=[{_BEFORE}]) | (?<=[{_BEFORE}]\ ) )
      \\\( (?P<round> (?: \\text\{{ [^{{}}\n]{{1,20}} \}} | [^$\n{ALL_HAN}] ){{1,80}}? ) \\\) (?!\d)
    # e.g. 受理\(12\)件; not \(1\) at the start of a line, not 号\(2024\)12, where \( is a plain bracket
    """,
    re.VERBOSE,
)
_GROUP = r"\{([^{}]{0,60})\}"
_WRITTEN: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(rf"\\(?:text|mathrm|mathbf|mathit|textbf|textrm|bm)\s*{_GROUP}"), r"\1"),
    (re.compile(rf"\\[dt]?frac\s*{_GROUP}\s*{_GROUP}"), r"\1/\2"),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\([%#&$])"), r"\1"),
    (re.compile(r"(?<=\d)\s*\\sim\b\s*"), "~"),
    (re.compile(r"\\(?:approx|simeq|sim)\b\s*"), "约"),
    (re.compile(r"\\(?:times|cdot)\b"), "×"),
    (re.compile(r"\\geq?\b"), "≥"),
    (re.compile(r"\\leq?\b"), "≤"),
    (re.compile(r"\\(?:[,;:!\s]|q?quad\b)"), ""),
)
_RAISED = re.compile(rf"([\^_])(?:{_GROUP}|(\w))")
_SHOWS_FIGURE = re.compile(r"(?=.*\d)[^\\{}，。；：、]{1,40}")


def write_formulas(text: str) -> str:
    """Return the text with each formula that shows a figure written out; others, and dollar signs, stay."""
    if "$" not in text and "\\" not in text:
        return text
    return _FORMULA.sub(_write_formula, text)


def _write_formula(found: re.Match[str]) -> str:
    written = (found["display"] or found["inline"] or found["round"]).strip()
    for pattern, shown in _WRITTEN:
        written = pattern.sub(shown, written)
    written = _RAISED.sub(
        lambda raised: write_raised(raised[2] if raised[2] is not None else raised[3], raised[1] == "_"),
        written,
    )
    return written if _SHOWS_FIGURE.fullmatch(written) else found[0]
