"""Texts that were once pages: remove numbers of pages and lines, and rejoin sentences broken by a page end."""

from __future__ import annotations

import re

from orchestration.pipeline.chinese import CHAPTER_MARK, FIRST_MARK, ROUND_MARK
from orchestration.pipeline.readers.layout.running import MARKED_NUMBER, PAGE_NUMBER

_PAGE_END = "\x0c"
_STOPS = ("。", "！", "？", "；", "：", "”", "」", "）", ")", "!", "?", ";", ":")
_STARTS = re.compile(rf"\s{{2,}}|　|{FIRST_MARK}|{ROUND_MARK}|{CHAPTER_MARK}|\d{{1,2}}[.．、]\D|附件|[①-⑳]")
_SENTENCE = re.compile(r"[，。；、]|\d$")
_MARKED_LINE = re.compile(r"\n[ \t　]*(?:[-—–－─·•~～第]|Page|\d{1,3}\s*[/／])[^\n]{1,25}$", re.MULTILINE)
_FIRST_LINE = re.compile(
    r"\s* 0{0,4} 1 (?: [ \t　]{2,} | \t | [|│:：] [ \t]? ) \S",  # e.g. 001: 某镇年度报告
    re.VERBOSE,
)
_NUMBERED_LINE = re.compile(
    r"\s* (?P<number> \d{1,5} ) (?: (?: [ \t　]{2,} | \t | [|│:：] [ \t]? ) (?P<words> .* ) )?",  # e.g. 12  一、做法
    re.VERBOSE,
)
# 第 3 页 共 12 页
_NUMBER_OF_ALL = re.compile(r"[ \t　]*第\s*\d{1,3}\s*页\s*[,，/／]?\s*共\s*\d{1,3}\s*页[ \t　]*")
_MIN_LINES = 5
_MIN_NUMBERS = 2  # page numbers that must count up if no page end is marked
_MAX_NUMBER_CHARS = 30
_MAX_LOOK_BACK = 200


def drop_line_numbers(text: str) -> str:
    """Return the text without the numbers that an editor printed before each line, the title's included."""
    if _FIRST_LINE.match(text) is None:
        return text
    lines = text.split("\n")
    parted = [_NUMBERED_LINE.fullmatch(line) for line in lines if line.strip()]
    found = [line for line in parted if line is not None]
    if len(found) < max(_MIN_LINES, len(parted)) or any(
        int(line["number"]) != number for number, line in enumerate(found, start=1)
    ):
        return text
    return "\n".join(line["words"] or "" for line in found)


def join_pages(text: str) -> str:
    """Return the text without page ends and page numbers."""
    if _PAGE_END in text:
        pages = text.split(_PAGE_END)
    elif _MARKED_LINE.search("\n" + text):
        pages = _split_at_numbers(text)
    else:
        return text
    if len(pages) < 2:
        return text
    parts: list[str] = []
    last = ""  # last line of the joined text
    for page in _drop_numbers(pages):
        first = page.lstrip("\r\n")
        goes_on = bool(parts) and _goes_on(last, first)
        if goes_on:
            parts[-1] = parts[-1].rstrip()
        elif parts:
            parts.append("\n")
        parts.append(first.lstrip() if goes_on else page)
        last = (last if goes_on and "\n" not in first.rstrip() else "") + first.rstrip().rpartition("\n")[2]
    return "".join(parts)


def _split_at_numbers(text: str) -> list[str]:
    """Split a text at lines such as - 3 - that count up, without these lines; else return it whole."""
    lines = text.split("\n")
    found = [
        (place, int(match["n"]))
        for place, line in enumerate(lines)
        if len(line) < _MAX_NUMBER_CHARS
        and (match := PAGE_NUMBER.fullmatch(line.strip())) is not None
        and MARKED_NUMBER.search(line)
    ]
    numbers = [number for _, number in found]
    is_sure = bool(found) and _NUMBER_OF_ALL.fullmatch(lines[found[0][0]]) is not None
    if (len(found) < _MIN_NUMBERS and not is_sure) or numbers != list(
        range(numbers[0], numbers[0] + len(numbers))
    ):
        return [text]
    places = [place for place, _ in found]
    starts = [0, *(place + 1 for place in places)]
    return ["\n".join(lines[start:end]) for start, end in zip(starts, [*places, len(lines)], strict=True)]


def _drop_numbers(pages: list[str]) -> list[str]:
    """Remove page numbers: last or first lines that are marked as such, or count up with the pages."""
    for place in (-1, 0):
        split = [page.strip("\r\n").split("\n") for page in pages]
        found = {
            index: match
            for index, lines in enumerate(split)
            if len(lines) > 1 and (match := PAGE_NUMBER.fullmatch(lines[place].strip())) is not None
        }
        counts = len({int(match["n"]) - index for index, match in found.items()}) == 1
        for index, match in found.items():
            if counts or MARKED_NUMBER.search(match[0]):
                del split[index][place]
        pages = ["\n".join(lines) for lines in split]
    return [page.strip("\n") if page.strip() else "" for page in pages]


def _goes_on(last: str, first: str) -> bool:
    """Return whether a page continues the sentence in the line before it."""
    return (
        bool(last and first.strip())
        and not last.endswith(_STOPS)
        and not last.strip().isdecimal()
        and _SENTENCE.search(last[-_MAX_LOOK_BACK:]) is not None
        and _STARTS.match(first) is None
    )
