"""All texts in memory, to find any substring in all reports in a tenth of a second.

A search by words misses text that was segmented differently (矛盾纠纷 in 社会矛盾|纠纷), and a scan in the database
takes a second for 38,600 reports, because their texts are compressed. Here each character is two bytes
(UTF-16). The rarest character of a substring is searched for first, then its neighbours. 130 million
characters take 260 MB; with more than `MOST_CHARS`, the database is queried instead.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from orchestration.explorer.database import PublishedCopy, Reader

MOST_CHARS = 200_000_000
_BETWEEN = "\n"  # so that no match crosses the border of two sections
_BATCH_ROWS = 5_000
_BLOCK_CHARS = 4_000_000  # scanned at once; fits the processor's cache
_BEYOND_16_BITS = re.compile(r"[\U00010000-\U0010ffff]")

TEXTS_SQL = """\
select report_id, section_type, text
from raw.sections
where report_id in (select report_id from marts.dim_report)"""


@dataclass(frozen=True, slots=True)
class Texts:
    """Sections of all current reports, one after another.

    Attributes:
        chars: all characters; sections are separated by a line feed.
        starts: start of each section in `chars`, ascending.
        reports: index into `report_ids` for each section.
        types: index into `section_types` for each section.
        counts: number of occurrences of each character, by code.
    """

    chars: npt.NDArray[np.uint16]
    starts: npt.NDArray[np.int64]
    reports: npt.NDArray[np.int32]
    types: npt.NDArray[np.int8]
    report_ids: list[str]
    section_types: list[str]
    counts: npt.NDArray[np.int64]

    def find(self, piece: str, section_type: str = "") -> frozenset[str]:
        """Return ids of reports with a section (of the type, if given) that contains the substring."""
        if not piece or (section_type and section_type not in self.section_types):
            return frozenset()
        sections = np.unique(np.searchsorted(self.starts, self._places(_encode(piece)), side="right") - 1)
        if section_type:
            sections = sections[self.types[sections] == self.section_types.index(section_type)]
        return frozenset(self.report_ids[number] for number in np.unique(self.reports[sections]))

    def _places(self, codes: npt.NDArray[np.uint16]) -> npt.NDArray[np.int64]:
        """Return the positions at which the codes begin."""
        rarest = int(np.argmin(self.counts[codes]))
        others = sorted(set(range(len(codes))) - {rarest}, key=lambda number: int(self.counts[codes[number]]))
        last = len(self.chars) - len(codes)
        found = []
        for start in range(0, len(self.chars), _BLOCK_CHARS):
            block = self.chars[start : start + _BLOCK_CHARS]
            places = np.flatnonzero(block == codes[rarest]) + (start - rarest)
            places = places[(places >= 0) & (places <= last)]
            for number in others:
                if not len(places):
                    break
                places = places[self.chars[places + number] == codes[number]]
            found.append(places)
        return np.concatenate(found) if found else np.empty(0, np.int64)


def build_texts(rows: Iterable[tuple[str, str, str]], expected_chars: int = 0) -> Texts:
    """Build texts from (report_id, section_type, text).

    Args:
        expected_chars: number of characters to allocate initially; a good estimate avoids a copy.
    """
    report_numbers: dict[str, int] = {}
    type_numbers: dict[str, int] = {}
    lengths: list[int] = []
    reports: list[int] = []
    types: list[int] = []
    chars = np.empty(expected_chars, np.uint16)  # the system allocates memory on first write
    filled = 0
    batch: list[str] = []

    def close_batch() -> None:
        nonlocal chars, filled
        codes = _encode(_BETWEEN.join([*batch, ""]))
        batch.clear()
        if filled + len(codes) > len(chars):
            chars = np.concatenate([chars[:filled], np.empty(filled // 4 + len(codes), np.uint16)])
        chars[filled : filled + len(codes)] = codes
        filled += len(codes)

    for report_id, section_type, text in rows:
        reports.append(report_numbers.setdefault(report_id, len(report_numbers)))
        types.append(type_numbers.setdefault(section_type, len(type_numbers)))
        lengths.append(len(text) + len(_BETWEEN))
        batch.append(text)
        if len(batch) == _BATCH_ROWS:
            close_batch()
    if batch:
        close_batch()
    chars = chars[:filled]
    counts = np.zeros(2**16, np.int64)
    for start in range(0, len(chars), _BLOCK_CHARS):
        counts += np.bincount(chars[start : start + _BLOCK_CHARS], minlength=2**16)
    starts = np.cumsum([0, *lengths[:-1]], dtype=np.int64) if lengths else np.empty(0, np.int64)
    return Texts(
        chars,
        starts,
        np.array(reports, np.int32),
        np.array(types, np.int8),
        list(report_numbers),
        list(type_numbers),
        counts,
    )


def _encode(text: str) -> npt.NDArray[np.uint16]:
    """Return a code for each character; those beyond 16 bits share one code."""
    data = text.encode("utf-16-le", "surrogatepass")
    if len(data) != 2 * len(text):
        data = _BEYOND_16_BITS.sub("\ufffd", text).encode("utf-16-le", "surrogatepass")
    return np.frombuffer(data, np.uint16)


class TextStore:
    """The texts of the current published copy, loaded once per copy in the background."""

    def __init__(self, copy: PublishedCopy, most_chars: int = MOST_CHARS) -> None:
        self._copy = copy
        self._most_chars = most_chars
        self._lock = threading.Lock()
        self._version = ""
        self._texts: Texts | None = None

    def texts_of(self, version: str) -> Texts | None:
        """Return the texts of a version of the copy; None while they load, or if they are too large."""
        with self._lock:
            if self._version != version:
                self._version, self._texts = version, None  # free the old texts before loading the new ones
                threading.Thread(target=self._load, args=(version,), daemon=True).start()
            return self._texts

    def _load(self, version: str) -> None:
        with self._copy.read(in_turn=False) as reader:
            expected = self._count_chars(reader)
            if reader.version != version or expected > self._most_chars:
                return
            texts = build_texts(reader.stream(TEXTS_SQL), expected)
        with self._lock:
            if self._version == version:
                self._texts = texts

    @staticmethod
    def _count_chars(reader: Reader) -> int:
        sql = """select coalesce(sum(char_count), 0) from marts.dim_report
            union all select count(*) from raw.sections"""
        return sum(int(row[0]) for row in reader.stream(sql))
