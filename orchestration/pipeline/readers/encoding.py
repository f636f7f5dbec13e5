"""Decode Chinese text without ever replacing a character.

Order: byte order mark, a declared charset that decodes strictly, UTF-16 without a mark,
strict UTF-8, then the better reading of strict GB18030 and Big5 by its share of common
Chinese. If all fail, the file is refused with the offset of the first invalid byte.
"""

from __future__ import annotations

import codecs
import re
from functools import cache

from orchestration.pipeline.chinese import at_least_han, count_han
from orchestration.pipeline.readers.base import RejectedFile

# UTF-32 before UTF-16, because its little-endian mark begins with that of UTF-16.
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_GB18030_MARK = b"\x84\x31\x95\x33"
# Web pages declare gb2312 or big5 but use their supersets.
_SUPERSETS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "big5": "big5hkscs",
    "cp950": "big5hkscs",
}
_PADDING = "\x00\x1a"  # padding that DOS programs add after a text
_ODD_ENDS = (b"\n", b"\r", b"\x1a", b"\x00")  # a single byte that a byte-oriented program appended to UTF-16
_SAMPLE_CHARS = 4_000
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_MIN_HAN_CHARS = 20
_HAS_HAN = at_least_han(_MIN_HAN_CHARS)
_LOST = r"\ue000-\uf8ff\ufffd\U000f0000-\U0010ffff"  # private use and replacement characters
_NOT_LOST = re.compile(r"[\x00-\ud7ff\uf900-\ufffc\U00010000-\U000effff]*+")
_DAMAGED_NUMBER = re.compile(
    rf"""
    [{_LOST}] (?<=[^\s{_LOST}].)                                # not a bullet at the beginning of a line
    (?: (?<=\d.) | [{_LOST}]* [\d件起次人户场份万亿%％‰] | (?<=[率达].) [{_LOST}]* [，。；] )
                                                                # e.g. 调解�件   3�万   化解率达�，
    """,
    re.VERBOSE,
)
_MIN_COMMON_SHARE = 0.8  # real reports: over 0.97; UTF-8 misread as GBK: under 0.6


@cache
def _uncommon_character() -> re.Pattern[str]:
    """Return a pattern whose group 1 is a character outside ASCII, GB/T 2312 level 1, Big5 level 1 and punctuation.

    The levels have 3,755 and 5,401 characters. A match includes the common characters before it, because
    searching for the character alone takes twice as long.
    """
    chars: set[str] = set(map(chr, range(0x80)))
    chars.update("，。、；：？！“”‘’（）《》〈〉【】〔〕「」『』—…·％℃○〇　①②③④⑤⑥⑦⑧⑨⑩")
    chars.update(chr(code) for code in range(0xFF01, 0xFF5F))
    for lead in range(0xB0, 0xD8):
        for trail in range(0xA1, 0xFF):
            chars.update(bytes((lead, trail)).decode("gb2312", "ignore"))
    for lead in range(0xA4, 0xC7):
        for trail in (*range(0x40, 0x7F), *range(0xA1, 0xFF)):
            if (lead, trail) <= (0xC6, 0x7E):
                chars.update(bytes((lead, trail)).decode("big5", "ignore"))
    common = re.escape("".join(sorted(chars)))
    return re.compile(rf"[{common}]*+(?:([^{common}])|\Z)")


def measure_common_share(text: str) -> float:
    """Return the share of common Chinese characters among the non-ASCII ones of a sample, 0 to 1."""
    sample = text[: 4 * _SAMPLE_CHARS]
    foreign = _count_foreign(sample)
    if foreign < _SAMPLE_CHARS and len(text) > len(sample):  # it begins with scripts or a style sheet
        sample = "".join(_NOT_ASCII.findall(text))[:_SAMPLE_CHARS]
        foreign = len(sample)
    elif foreign > _SAMPLE_CHARS:
        sample = "".join(_NOT_ASCII.findall(sample))[:_SAMPLE_CHARS]
        foreign = _SAMPLE_CHARS
    if not foreign:
        return 0.0
    return 1 - len("".join(_uncommon_character().findall(sample))) / foreign


def _count_foreign(text: str) -> int:
    """Count the characters that are not ASCII."""
    return len(text) - len(text.encode("ascii", "ignore"))


def require_length(text: str, where: str = "") -> None:
    """Refuse text that is too short for a report; `where` completes the message, as in " beside …".

    Raises:
        RejectedFile: `not_a_report_text`.
    """
    if not _HAS_HAN.match(text):
        raise RejectedFile(
            "not_a_report_text",
            f"{count_han(text)} Chinese characters{where}, at least {_MIN_HAN_CHARS} expected",
        )


def find_damaged_number(text: str) -> int | None:
    """Return the offset of a number with a meaningless character (private use or lost); None without one."""
    sound = _NOT_LOST.match(text)
    if sound is None or sound.end() == len(text):
        return None
    found = _DAMAGED_NUMBER.search(text, sound.end())
    return None if found is None else found.start()


def require_chinese(text: str) -> None:
    """Refuse text that is not mostly common Chinese characters, or has a number with a lost digit.

    Raises:
        RejectedFile: `empty` (no characters), `undecodable` (a damaged number), otherwise `not_a_report_text`.
    """
    if not text.strip():
        raise RejectedFile("empty", "no text in the file")
    require_length(text)
    share = measure_common_share(text)
    if share < _MIN_COMMON_SHARE or "锟斤拷" in text:
        raise RejectedFile(
            "not_a_report_text",
            f"only {share:.0%} of its characters are common Chinese: was it decoded wrongly before (mojibake, 乱码)?",
        )

    damaged = find_damaged_number(text)
    if damaged is not None:
        around = " ".join(text[max(0, damaged - 12) : damaged + 12].split())
        raise RejectedFile(
            "undecodable",
            f"a number contains a meaningless character (U+{ord(text[damaged]):04X}): {around!r}",
        )


def decode_text(data: bytes, declared: str | None = None) -> tuple[str, str]:
    """Decode bytes of a text file.

    Args:
        data: the whole file.
        declared: the charset that the file declares, if any.

    Returns:
        The text without byte order mark, and the name of its encoding.

    Raises:
        RejectedFile: `undecodable` with the byte offset, or `truncated` if only the last
            character is cut.
    """
    text, encoding = _decode(data, declared)
    return text.rstrip(_PADDING), encoding


def _decode(data: bytes, declared: str | None) -> tuple[str, str]:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _decode_strictly(data, name).removeprefix("\ufeff"), name
    if data.startswith(_GB18030_MARK):
        return _decode_strictly(data, "gb18030").removeprefix("\ufeff"), "gb18030"
    if declared is not None:
        held = _try_declared(data, declared)
        if held is not None:
            return held
    utf16 = _find_utf16(data)
    if utf16 is not None:
        end = len(data) - len(data) % 2 if data[-1:] in _ODD_ENDS else len(data)
        return _decode_strictly(data[:end], utf16), utf16
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        utf8_error = error
    return _decode_double_byte(data, utf8_error)


def _decode_double_byte(data: bytes, utf8_error: UnicodeDecodeError) -> tuple[str, str]:
    readings: list[tuple[float, str, str]] = []
    errors: list[UnicodeDecodeError] = [utf8_error]
    for name in ("gb18030", "big5hkscs"):
        try:
            text = data.decode(name)
        except UnicodeDecodeError as error:
            errors.append(error)
        else:
            readings.append((measure_common_share(text), name, text))
    if readings:
        share, name, text = max(readings, key=lambda reading: reading[0])
        # Cut UTF-8 often decodes as rare GB characters; then its UTF-8 error is more helpful.
        if share >= _MIN_COMMON_SHARE or utf8_error.start < len(data) // 2:
            return text, name
    raise _refuse(max(errors, key=lambda error: error.start), data)


def _decode_strictly(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _refuse(error, data) from error


def _refuse(error: UnicodeDecodeError, data: bytes) -> RejectedFile:
    if error.start >= len(data) - 4 and error.start > 0:
        return RejectedFile(
            "truncated", f"{error.encoding} text ends inside a character at byte {error.start}"
        )
    return RejectedFile("undecodable", f"not {error.encoding}: {error.reason} at byte {error.start}")


def _try_declared(data: bytes, declared: str) -> tuple[str, str] | None:
    name = declared.strip().lower()
    name = _SUPERSETS.get(name, name)
    try:
        codec = codecs.lookup(name).name
        text = data.decode(codec)
    except (LookupError, ValueError):  # unknown or invalid name, or bytes that do not fit
        return None
    if codec not in {"utf-8", "gb18030", "big5hkscs"} or measure_common_share(text) < _MIN_COMMON_SHARE:
        return None
    return text, codec


def _find_utf16(data: bytes) -> str | None:
    """Return the name of an unmarked UTF-16: bytes invalid elsewhere that read as common Chinese; else None."""
    head = data[: 2 * _SAMPLE_CHARS]
    if b"\x00" in head:  # from line ends, spaces and digits; UTF-8 and GB have none
        even, odd = head[0::2].count(0), head[1::2].count(0)
        names = ("utf-16-le", "utf-16-be") if odd > even else ("utf-16-be", "utf-16-le")
    elif _is_text_of_bytes(head):
        return None
    else:
        names = ("utf-16-le", "utf-16-be")  # only Chinese characters
    for name in names:
        text = head[: len(head) // 2 * 2].decode(name, "ignore")
        if measure_common_share(text) >= _MIN_COMMON_SHARE and (b"\x00" in head or _HAS_HAN.match(text)):
            return name
    return None


def _is_text_of_bytes(head: bytes) -> bool:
    """Return whether bytes without zeros are UTF-8, or Chinese GB18030 or Big5; the last character may be cut."""
    for name in ("utf-8", "gb18030", "big5hkscs"):
        decoder = codecs.getincrementaldecoder(name)()
        try:
            text = decoder.decode(head)
        except UnicodeDecodeError:
            continue
        if name == "utf-8" or measure_common_share(text) >= _MIN_COMMON_SHARE:
            return True
    return False
