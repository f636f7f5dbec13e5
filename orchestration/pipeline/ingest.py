"""From a folder of anything to clean text: listing, reading and cleaning of files.

Formats are read in `orchestration.pipeline.readers`; whose report a text is, is decided
in `orchestration.pipeline.identify`. Nothing here writes, moves or changes a file.

Cleaning takes a text line by line: facts of the page header are taken as fields, chrome
goes, a title over two lines is joined, lines broken in mid-sentence are joined, odd
spaces and full-width digits are normalised. Prose is never dropped. All offsets that
later stages keep count characters of the clean text.
"""

from __future__ import annotations

import csv
import json
import os
import re
import stat
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import opencc

from orchestration.pipeline.readers import LIMITS, ReadText, RejectedFile, choose_reader, is_container
from orchestration.pipeline.readers.archive import DAMAGED, check_archive
from orchestration.pipeline.readers.encoding import require_chinese, require_length

SIDE_SUFFIX = ".meta.json"
MEMBER_MARK = "!/"
_TEMPORARY_SUFFIXES = (".part", ".partial", ".crdownload", ".download", ".tmp", ".temp", ".swp", ".lock")
_MAX_NAME_BYTES = 255  # of a file; asking for a longer name is an error, not a no
_ZIP_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_OPENING_THREADS, _OPENED_AT_A_TIME = 8, 256

FIELD_NAMES = (
    "index_number",
    "document_number",
    "issuer",
    "source",
    "document_date",
    "published_on",
    "title",
    "ignore",
)


class FoundFile(NamedTuple):
    """A file of the reports folder, or a member of a zip archive in it."""

    source_path: str  # relative to the folder, with /; members as archive.zip!/inner.txt
    size: int  # bytes; uncompressed for members
    mtime_ns: int  # of the file, or of the archive that holds the member
    location: str  # where the file is, or the archive
    member: str | None = None  # name inside the archive, as the archive spells it
    leaves_root: bool = False  # a symbolic link to somewhere else
    side_stamp: str = ""  # size and modification time of its side file; a member's changes with its archive


@dataclass(frozen=True, slots=True)
class IngestReference:
    """The words of web pages: what seeds/reference says about headers and chrome."""

    labels: Mapping[str, str]  # label without spaces → field
    label_pattern: re.Pattern[str]  # one label with its brackets and colon, blanks allowed inside
    chrome: re.Pattern[str]  # a whole line of chrome, wherever it stands
    footer: re.Pattern[str]  # a whole line of what follows a report


@dataclass(frozen=True, slots=True)
class CleanText:
    """A report's clean text and what was taken from around it."""

    text: str  # paragraphs separated by \n; the title, if the page has one, is the first line
    original_text: str | None  # before conversion from traditional Chinese, else None
    title: str | None
    fields: Mapping[str, str]  # index_number, document_number, issuer … as printed
    header: str  # dropped lines before the body: breadcrumbs, site name, tables
    footer: str  # dropped lines after the body
    edits: Mapping[str, int]  # kind of edit → how many


# --- listing and reading --------------------------------------------------------------

_SOURCE_PATH = attrgetter("source_path")


def list_files(root: Path) -> list[FoundFile]:
    """Every file under a folder that may hold a report, sorted by source path."""
    return open_archives(scan_folder(root))


def open_archives(
    files: Iterable[FoundFile], is_known: Callable[[FoundFile], bool] = lambda found: False
) -> list[FoundFile]:
    """The files that `scan_folder` found, the members of a readable zip archive in its place, sorted by source path.

    Args:
        files: what the folder holds.
        is_known: whether a file is one that was listed before as what it is: it is not opened
            to see whether it is an archive.
    """
    listed: list[FoundFile] = []
    unknown: list[FoundFile] = []
    for found in files:
        (listed if is_known(found) else unknown).append(found)
    # In threads: each waits for the disk, or for the network that the folder lies on.
    parts = [
        unknown[start : start + _OPENED_AT_A_TIME] for start in range(0, len(unknown), _OPENED_AT_A_TIME)
    ]
    with ThreadPoolExecutor(_OPENING_THREADS) as pool:
        for members in pool.map(_list_members_or_files, parts):
            listed += members
    listed.sort(key=_SOURCE_PATH)
    return listed


def _list_members_or_files(files: Sequence[FoundFile]) -> list[FoundFile]:
    return [member for found in files for member in _list_members_or_file(found)]


def scan_folder(root: Path) -> list[FoundFile]:
    """Every file under a folder, none of them opened, sorted by source path.

    Left out by name: NAME.meta.json (facts about its neighbour), hidden and temporary files.

    Raises:
        FileNotFoundError, NotADirectoryError, PermissionError: naming the folder; also for
            a folder below that cannot be listed, for an unreadable folder is not an empty one.
    """
    if not root.exists():
        raise FileNotFoundError(f"the reports folder does not exist: {root}")
    if not root.is_dir():
        raise NotADirectoryError(f"the reports folder is not a folder: {root}")
    found = list(_list_folder(os.fspath(root), root.resolve(), ""))
    found.sort(key=_SOURCE_PATH)
    return found


def _list_folder(folder: str, real_root: Path, prefix: str) -> Iterator[FoundFile]:
    try:
        with os.scandir(folder) as scan:
            entries = {entry.name: entry for entry in scan}
    except PermissionError as error:
        raise PermissionError(f"cannot list the folder {folder}: {error.strerror}") from error
    side_files = {name for name, entry in entries.items() if name.endswith(SIDE_SUFFIX) and entry.is_file()}
    for name, entry in entries.items():
        if name.endswith(SIDE_SUFFIX) or _is_temporary(name):
            continue
        source_path = prefix + _printable(name)
        if entry.is_symlink():
            target = Path(entry.path).resolve()
            if not target.is_relative_to(real_root):
                yield FoundFile(source_path, 0, entry.stat(follow_symlinks=False).st_mtime_ns, entry.path,
                                leaves_root=True)  # fmt: skip
                continue
            if target.is_dir() or not target.exists():  # its files are listed where they are
                continue
        if entry.is_dir():
            yield from _list_folder(entry.path, real_root, source_path + "/")
        else:
            state = entry.stat()
            if stat.S_ISREG(state.st_mode):  # no pipes or devices
                sides = [side for side in _side_names(name) if side in side_files] if side_files else []
                stamp = _stamp(entries[sides[0]].stat()) if sides else ""
                yield FoundFile(source_path, state.st_size, state.st_mtime_ns, entry.path, side_stamp=stamp)


def _is_temporary(name: str) -> bool:
    """Whether a file is hidden, or still being written by a browser, an editor or an office program."""
    return name.startswith((".", "~")) or name.lower().endswith(_TEMPORARY_SUFFIXES)


def _stamp(state: os.stat_result) -> str:
    return f"{state.st_size}-{state.st_mtime_ns}"


def _printable(name: str) -> str:
    """A file name as valid Unicode: bytes that are no UTF-8 are spelled out."""
    return name if name.isascii() else os.fsencode(name).decode("utf-8", "backslashreplace")


def _list_members_or_file(found: FoundFile) -> Iterator[FoundFile]:
    """The members of the archive that a file is, else the file itself."""
    if found.leaves_root:
        yield found
        return
    try:
        with open(found.location, "rb", buffering=0) as file:
            is_zip = file.read(4) in _ZIP_MAGIC
    except OSError:
        is_zip = False  # read_found says why it cannot be read
    members = _list_members(found) if is_zip else None
    if members is None:
        yield found
        return
    seen: set[str] = set()
    for member in members:
        name = _member_name(member)
        if name in seen:  # spelled in two encodings
            name = member.filename
        seen.add(name)
        base = name.rsplit("/", 1)[-1]
        if (
            member.is_dir()
            or _is_temporary(base)
            or base.endswith(SIDE_SUFFIX)
            or name.startswith("__MACOSX/")
        ):
            continue
        yield FoundFile(found.source_path + MEMBER_MARK + name, member.file_size, found.mtime_ns, found.location,
                        member.filename)  # fmt: skip


def _list_members(found: FoundFile) -> list[zipfile.ZipInfo] | None:
    """Members of an archive of files; None for an Office document or an archive to refuse."""
    if found.size > LIMITS.file_bytes:
        return None
    try:
        archive = check_archive(_read_file(found.location))
    except (RejectedFile, OSError):
        return None  # listed as one file, for which read_found gives the reason
    names = archive.namelist()
    if not names or is_container(names):
        return None
    # A name that stands twice: the last one counts, as for every program that unpacks it.
    return list({member.filename: member for member in archive.infolist()}.values())


def _member_name(member: zipfile.ZipInfo) -> str:
    """The name of a member; archives made on Chinese Windows spell names in GBK."""
    name = member.filename
    if not member.flag_bits & 0x800:
        try:
            return name.encode("cp437").decode("gb18030")
        except UnicodeError:
            return name
    return name


@lru_cache(maxsize=1)
def _open_archive(location: str, mtime_ns: int) -> zipfile.ZipFile:
    return check_archive(_read_file(location))


def read_found(found: FoundFile) -> bytes:
    """The bytes of a listed file.

    Raises:
        RejectedFile: symlink_outside, too_large, empty, truncated (its size changes: still
            being written), unreadable, or what is wrong with its archive.
    """
    if found.leaves_root:
        raise RejectedFile("symlink_outside", "a symbolic link that leaves the reports folder")
    if found.size > LIMITS.file_bytes:
        raise RejectedFile("too_large", f"{found.size} bytes, at most {LIMITS.file_bytes} are read")
    try:
        data = _read_file(found.location) if found.member is None else _read_member(found, found.member)
    except OSError as error:
        raise RejectedFile("unreadable", f"cannot be read: {error.strerror}") from error
    if not data:
        raise RejectedFile("empty", "the file has no bytes")
    if len(data) != found.size:
        raise RejectedFile(
            "truncated", f"its size changed from {found.size} to {len(data)} bytes: still being written"
        )
    return data


def _read_file(location: str) -> bytes:
    with open(location, "rb", buffering=0) as file:
        return file.read()


def _read_member(found: FoundFile, member: str) -> bytes:
    try:
        return _open_archive(found.location, found.mtime_ns).read(member)
    except (KeyError, *DAMAGED) as error:
        raise RejectedFile("truncated", f"damaged in its archive: {error}") from error


def read_side_metadata(found: FoundFile) -> dict[str, Any] | None:
    """The facts of NAME.meta.json beside NAME.txt (or NAME.txt.meta.json); None without one.

    Raises:
        RejectedFile: bad_side_file, naming the side file that is a link or no JSON object.
    """
    folder, slash, base = found.location.rpartition(os.sep)
    for name in _side_names(found.member or base):
        try:
            data = (
                _read_beside(folder + slash + name, name)
                if found.member is None
                else _open_archive(found.location, found.mtime_ns).read(name)
            )
        except (FileNotFoundError, KeyError):
            continue
        except OSError as error:
            raise RejectedFile("bad_side_file", f"{name} cannot be read: {error.strerror}") from error
        try:
            facts = json.loads(data)
            json.dumps(facts, ensure_ascii=False).encode()  # half a surrogate pair fits in no table
        except (ValueError, RecursionError) as error:
            raise RejectedFile("bad_side_file", f"{name} is no JSON: {error}") from error
        if not isinstance(facts, dict):
            raise RejectedFile("bad_side_file", f"{name} is no JSON object")
        return facts
    return None


def _read_beside(location: str, name: str) -> bytes:
    if stat.S_ISLNK(os.lstat(location).st_mode):  # it may lead out of the reports folder
        raise RejectedFile("bad_side_file", f"{name} is a symbolic link")
    return _read_file(location)


def _side_names(name: str) -> list[str]:
    folder, slash, base = name.rpartition("/")
    stem = base.rpartition(".")[0] or base
    names = [stem + SIDE_SUFFIX, base + SIDE_SUFFIX]
    return [folder + slash + side for side in names if len(os.fsencode(side)) <= _MAX_NAME_BYTES]


def read_report(data: bytes, name: str) -> ReadText:
    """Text of one file, by the reader that its content calls for.

    Raises:
        RejectedFile: with the code and reason.
    """
    if not data.strip():
        raise RejectedFile("empty", "the file holds nothing but white space")
    if len(data) > LIMITS.file_bytes:
        raise RejectedFile("too_large", f"{len(data)} bytes, at most {LIMITS.file_bytes} are read")
    read = choose_reader(data, name).read(data)
    if len(read.text) > LIMITS.text_chars:
        raise RejectedFile("too_large", f"{len(read.text)} characters, at most {LIMITS.text_chars} are read")
    require_chinese(read.text)
    return read


# --- reference ------------------------------------------------------------------------


def load_ingest_reference(reference_dir: Path) -> IngestReference:
    """Read header_fields.csv and web_chrome.csv.

    Raises:
        ValueError: a bad row, with file, row number and reason.
    """
    labels, label_pattern = _load_labels(reference_dir / "header_fields.csv")
    chrome, footer = _load_chrome(reference_dir / "web_chrome.csv")
    return IngestReference(MappingProxyType(labels), label_pattern, chrome, footer)


_LABEL_ENDS = {  # by whether the label needs a colon
    True: r"\s*(?:[\]】〗]\s*[:：]?|[:：]|(?=\s*\|))",
    False: r"\s*(?:[\]】〗]\s*[:：]?|[:：]|(?=[\s\d]|$))",
}


def _load_labels(path: Path) -> tuple[dict[str, str], re.Pattern[str]]:
    labels: dict[str, str] = {}
    needs_colon: dict[str, bool] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            label = row["label"]
            if not label or row["field"] not in FIELD_NAMES or row["needs_colon"] not in ("true", "false"):
                raise ValueError(
                    f"{path.name}, row {number}: label, field {FIELD_NAMES} and needs_colon are needed"
                )
            if label in labels:
                raise ValueError(f"{path.name}, row {number}: {label} stands twice")
            labels[label] = row["field"]
            needs_colon[label] = row["needs_colon"] == "true"
    # Longest first; labels of one length that end alike share their end.
    ranked = sorted(labels, key=lambda label: (-len(label), needs_colon[label]))
    alternatives = "|".join(
        "(?:" + "|".join(" {0,4}".join(map(re.escape, label)) for label in alike) + ")" + _LABEL_ENDS[strict]
        for (_, strict), alike in groupby(ranked, key=lambda label: (len(label), needs_colon[label]))
    )
    begins = "".join(sorted({re.escape(label[0]) for label in labels}))
    return labels, re.compile(
        rf"(?:^|(?<=[\s\[【〖\]】|;；,，0-9]))[\[【〖•·●■-]?\s*(?P<label>(?=[{begins}])(?:{alternatives}))",
        re.MULTILINE,
    )


def _load_chrome(path: Path) -> tuple[re.Pattern[str], re.Pattern[str]]:
    zones: dict[str, list[str]] = {"any": [], "footer": []}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            if row["zone"] not in zones:
                raise ValueError(
                    f"{path.name}, row {number}: zone {row['zone']!r} is none of {sorted(zones)}"
                )
            try:
                re.compile(row["pattern"])
            except re.error as error:
                raise ValueError(f"{path.name}, row {number}: {error}") from error
            zones[row["zone"]].append(row["pattern"])
    return re.compile("|".join(zones["any"])), re.compile("|".join(zones["footer"] + zones["any"]))


# --- cleaning -------------------------------------------------------------------------

_HAN = r"\u3400-\u4dbf\u4e00-\u9fff"
_CJK = _HAN + r"\u3001-\u303f\uff01-\uff60\u2018-\u201d\u2014\u2026〇○"
_WIDE = str.maketrans(
    {
        **{
            code: chr(code - 0xFEE0)
            for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
        },
        **dict.fromkeys((*range(0x2000, 0x200B), 0x00A0, 0x1680, 0x202F, 0x205F, 0x3000, 0x0009), " "),
        **dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD, 0x200E, 0x200F)),
    }
)
_FREQUENT_BLANKS = "\u3000\u00a0\t"
_WIDE_CHARACTER = re.compile("[" + "".join(map(chr, _WIDE)) + "]")  # a + behind it would slow the search
_SPACE_RUNS = re.compile(r" {2,}")
# These begin with the blank itself, lookbehind after it: so the search can skip from blank to blank.
_ODD_SPACE = re.compile(
    rf" (?:(?<=[{_CJK}] )|(?=[{_CJK}])|(?<=\d )(?=%)|(?<=^\d\. )|(?<=^\d\d\. )|(?<=[。；]\d\. ))",
    re.MULTILINE,
)
_SPACED_YEAR = re.compile(r" (?<=(?<!\d)\d )(\d) (\d) (\d)(?= ?年)")
_PINYIN_GLOSS = re.compile(rf"(?<=[{_HAN}])\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹê]{{1,7}}\)")
_TRADITIONAL = re.compile("[們個來會這國學對發開關與業進實現產經過長東動務機辦專鎮鄉眾報區縣]")
_MIN_TRADITIONAL_SHARE = 0.01

_ORDINAL = re.compile(
    r"(?:[一二三四五六七八九十]{1,3}[、.．，,]|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}[.．、](?!\d)|[①-⑳]"
    r"|第[一二三四五六七八九十]{1,3}[章节条部]|[一二三四五六七八九十]{1,2}是|附件|附[:：])"
)
_STOPS = tuple("。！？；：!?;:…")
_CLOSERS = "”’」』）)》】"
_CLOSES_SPEECH = tuple("”」』")
_OPEN_ENDS = tuple("，、,（(《“‘「『")
_HAS_SENTENCE = re.compile(r"[。；！？]")
_IS_PROSE = re.compile(r"[。；！？]|[，,][^，,]{6,}")
_DATE = (
    r"(?:\d{4}|[二〇○零一三四五六七八九]{4})\s*[年./-]\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})"
    r"\s*[月./-]\s*(?:\d{1,2}|[一二三四五六七八九十]{1,3})\s*[日号]?"
)
_DATE_LINE = re.compile(rf"[（(]?\s*{_DATE}(?:\s+\d{{1,2}}:\d{{2}}(?::\d{{2}})?)?\s*[）)]?")
_WHOLE_TITLE = re.compile(r"[^，,。；：:]*(?:法治|法制|依法行政|依法治)[^，,。；：:]*(?:报告|总结|汇报|年报)")
_LABEL_LEADS = " [【〖•·●■|-—"
_LABEL_MARKS = re.compile(r"[\s:：\[\]【】〖〗]")
_BREADCRUMB = re.compile(r"位置\s*[:：>＞]|首\s*页\s*(?:>|＞|»|›|/|-)|[^>＞»›]{2}[>＞»›][^>＞»›]{2,}[>＞»›]")
_TITLE_TOPIC = re.compile(r"法治|法制|依法行政|依法治")
_TITLE_KIND = re.compile(
    r"(?:报告|总结|汇报|年报|小结|情况|自查|述职|工作|计划|打算|要点|方案|通知|解读|公示)"
    r"(?:[（(][^（）()]{1,20}[）)]|的?函|[ —-]{0,3}\d{4}年?度?)?$"
)
_TITLE_YEAR = re.compile(r"(?:19|20)\d\d|[二〇○零一三四五六七八九]{4}年|上一?年度|年度")
_TITLE_UNIT = re.compile(r"镇|乡|街道|苏木|人民政府|办事处|县|区|市|旗|局|委|团|场")
_TITLE_BEGINS = re.compile(
    r"(?:政府|办事处|委员会|党工委|街道|镇|乡|苏木|局|关于|年|年度|建设|建设情况|工作|情况|的)$|^关于"
)
_TITLE_TAIL = re.compile(r"的?(?:年度|工作|情况|自查|建设)*的?(?:报告|总结|汇报)|的.*")
_MAX_TITLE_CHARS = 90
_MAX_TITLE_LINE_CHARS = 60
_HEADER_LINES = 80
_LONG_LINE_CHARS = 45
_MAX_LABELLED_CHARS = 200
_MAX_DATED_CHARS = _LONG_LINE_CHARS + len("2024-01-01 00:00:00")
_MIN_WRAP_WIDTH, _MAX_WRAP_WIDTH = 15, 60  # Han characters


def clean_text(read: ReadText, reference: IngestReference) -> CleanText:
    """Clean the text of one file; see the module's docstring for what that means.

    Raises:
        RejectedFile: not_a_report_text where little but title and chrome is left.
    """
    edits: Counter[str] = Counter()
    printed = [line for line in _normalise_characters(read.text).split("\n") if line.strip()]
    raw_lines, edits["lines_unwrapped"] = _unwrap(
        [line.strip() for line in printed], [line.startswith("  ") for line in printed]
    )
    fields = {key: value for key, value in read.fields.items() if value}
    lines = [_normalise_spaces(line) for line in raw_lines]
    converted = _convert_traditional(lines)
    originals = lines if converted is not None else None
    if converted is not None:
        raw_lines = [_to_simplified().convert(line) for line in raw_lines]
        lines = converted
        edits["traditional_converted"] = 1
    title_at, title_size = _find_title(lines, raw_lines, reference)
    head = _split_header(lines, raw_lines, reference, title_at, title_size, fields)
    tail = _split_footer(lines, raw_lines, reference, head.body_start, fields)
    title = "".join(lines[title_at : title_at + title_size]) if title_size else None
    body = [
        index
        for index in range(head.body_start, tail.body_end)
        if index not in tail.dropped and not _is_chrome(lines[index], reference) and lines[index] != title
    ]
    kept = sorted(head.kept) + body
    edits["lines_dropped"] = len(lines) - len(kept) - title_size
    paragraphs, joined = _join_paragraphs([lines[index] for index in kept])
    edits["lines_joined"] = joined
    if title_size > 1:
        edits["title_joined"] = title_size - 1
    edits["damaged_characters"] = read.text.count("\ufffd")
    require_length("".join(paragraphs), " beside title and page furniture")
    if title is None:
        title = _title_from_fields(fields)
    else:
        paragraphs.insert(0, title)
    text = "\n".join(paragraphs)
    dropped_after = [lines[index] for index in sorted(tail.dropped)] + lines[tail.body_end :]
    return CleanText(
        text=text,
        original_text="\n".join(originals) if originals is not None else None,
        title=title,
        fields=MappingProxyType(fields),
        header="\n".join(
            line for index, line in enumerate(lines[: head.body_start]) if index not in head.kept
        ),
        footer="\n".join(dropped_after),
        edits=MappingProxyType({kind: count for kind, count in edits.items() if count}),
    )


def _normalise_characters(text: str) -> str:
    """Full-width digits and letters as ASCII, every kind of blank as one, invisible marks gone."""
    for blank in _FREQUENT_BLANKS:
        text = text.replace(blank, " ")
    return _WIDE_CHARACTER.sub(lambda found: found.group().translate(_WIDE), text)


def _normalise_spaces(line: str) -> str:
    if " " not in line:
        return line
    line = _SPACED_YEAR.sub(r"\1\2\3", line)
    return _ODD_SPACE.sub("", _SPACE_RUNS.sub(" ", line))


@cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _convert_traditional(lines: Sequence[str]) -> list[str] | None:
    """The lines in simplified Chinese, or None where they are that already."""
    text = "\n".join(lines)
    if len(_TRADITIONAL.findall(text)) < _MIN_TRADITIONAL_SHARE * len(text):
        return None
    return [_to_simplified().convert(_PINYIN_GLOSS.sub("", line)) for line in lines]


def _is_prose(line: str) -> bool:
    return len(line) >= _LONG_LINE_CHARS or (len(line) > 12 and _IS_PROSE.search(line) is not None)


def _read_fields(line: str, reference: IngestReference) -> dict[str, str] | None:
    """Labelled facts of a header line (value may be empty); None if it begins with no label."""
    pattern = reference.label_pattern
    # A long line has labels only where it begins with one; a short one may name its site before.
    places = range(len(line) - len(line.lstrip(_LABEL_LEADS)) + 1)
    begins_with_label = any(pattern.match(line, place) for place in places)
    if not begins_with_label and len(line) > _MAX_DATED_CHARS:
        return None
    matches = list(pattern.finditer(line))
    if not matches or not (begins_with_label or _dates_line(line, matches[0], reference)):
        return None
    found: dict[str, str] = {}
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        value = line[match.end() : following.start() if following else len(line)].strip(" []【】|;；\t")
        label = _LABEL_MARKS.sub("", match["label"])
        found.setdefault(reference.labels[label], value)
    return found


def _dates_line(line: str, label: re.Match[str], reference: IngestReference) -> bool:
    """Whether a line names its site or source first and then when it was published."""
    name = _LABEL_MARKS.sub("", label["label"])
    return (
        reference.labels[name] == "published_on"
        and not _HAS_SENTENCE.search(line)
        and _DATE_LINE.match(line[label.end() :].lstrip()) is not None
    )


def _find_title(
    lines: Sequence[str], raw_lines: Sequence[str], reference: IngestReference
) -> tuple[int, int]:
    """Index of the title's first line and how many lines it takes; (0, 0) without one.

    The best-looking candidate before the body; among equals the last, which stands right
    above the text while earlier ones are repeated by the site.
    """
    best: tuple[int, int, int] = (0, 0, 0)  # score, index, size
    for index in range(min(len(lines), _HEADER_LINES)):
        if _ORDINAL.match(lines[index]) or (best[0] and _is_long_prose(lines[index])):
            break
        for size in (3, 2, 1):
            score = _score_title(lines, raw_lines, index, size, reference)
            if score and score >= best[0]:
                best = (score, index, size)
                break
    return best[1], best[2]


def _is_long_prose(line: str) -> bool:
    return len(line) > _MAX_TITLE_LINE_CHARS and _HAS_SENTENCE.search(line) is not None


def _is_chrome(line: str, reference: IngestReference) -> bool:
    """Whether a whole line is chrome; a long one with a sentence is prose, which is never dropped."""
    return not _is_long_prose(line) and reference.chrome.fullmatch(line) is not None


def _score_title(
    lines: Sequence[str], raw_lines: Sequence[str], index: int, size: int, reference: IngestReference
) -> int:
    part = lines[index : index + size]
    if len(part) < size:
        return 0
    joined = "".join(part)
    if (
        len(joined) > _MAX_TITLE_CHARS
        or _TITLE_TOPIC.search(joined) is None
        or _TITLE_KIND.search(joined) is None
        or any(_breaks_title(line, raw, reference) for line, raw in zip(part, raw_lines[index:], strict=False))
        or not all(_TITLE_BEGINS.search(line) for line in part[:-1])
        or (size > 1 and _TITLE_KIND.search(part[-2]) is not None and _TITLE_TOPIC.search(part[-2]) is not None
            and not _TITLE_TAIL.fullmatch(part[-1]))
    ):  # fmt: skip
        return 0
    return (
        1
        + 2 * (_TITLE_YEAR.search(joined) is not None)
        + 2 * (_TITLE_UNIT.search(joined) is not None)
        + ("报告" in joined or "总结" in joined or "汇报" in joined)
    )


def _breaks_title(line: str, raw: str, reference: IngestReference) -> bool:
    return (
        len(line) > _MAX_TITLE_LINE_CHARS
        or _HAS_SENTENCE.search(line) is not None
        or line.endswith(("：", ":", "，", ","))
        or "如下" in line
        or _ORDINAL.match(line) is not None
        or _BREADCRUMB.search(line) is not None
        or reference.chrome.fullmatch(line) is not None
        or _read_fields(raw, reference) is not None
    )


@dataclass(frozen=True, slots=True)
class _Head:
    body_start: int
    kept: frozenset[int]  # lines above the title that are prose all the same


@dataclass(frozen=True, slots=True)
class _Tail:
    body_end: int
    dropped: frozenset[int]


def _split_header(
    lines: Sequence[str],
    raw_lines: Sequence[str],
    reference: IngestReference,
    title_at: int,
    title_size: int,
    fields: dict[str, str],
) -> _Head:
    """Where the body begins; fills `fields` with the labelled facts above it."""
    title = "".join(lines[title_at : title_at + title_size])
    kept: set[int] = set()
    index = 0
    while index < len(lines):
        if title_size and index == title_at:
            index += title_size
            continue
        line = lines[index]
        labelled = _read_fields(raw_lines[index], reference) if len(line) <= _MAX_LABELLED_CHARS else None
        above = index < title_at
        if labelled is not None:
            taken = _take_fields(labelled, raw_lines, index, title_at, fields, reference)
            index += 1 + taken
            continue
        date_only = _DATE_LINE.fullmatch(line)
        if date_only and title_size:
            fields.setdefault("subtitle_date", line)
        elif not _is_long_prose(line) and _BREADCRUMB.search(line):
            fields.setdefault("breadcrumb", raw_lines[index])
        elif above:
            if _HAS_SENTENCE.search(line) or len(line) > _MAX_TITLE_LINE_CHARS:
                kept.add(index)
        elif not _is_chrome(line, reference) and line != title:
            return _Head(index, frozenset(kept))
        index += 1
    return _Head(index, frozenset(kept))


def _take_fields(
    labelled: Mapping[str, str],
    raw_lines: Sequence[str],
    index: int,
    title_at: int,
    fields: dict[str, str],
    reference: IngestReference,
) -> int:
    """Keep the values; a label alone on its line takes the next line. Returns lines taken beyond one."""
    for name, value in labelled.items():
        if name != "ignore" and value.strip("-—/ 无"):
            fields.setdefault(name, value)
    (name, value), *more = labelled.items()
    follows = index + 1
    if more or value or follows >= len(raw_lines) or follows == title_at:
        return 0
    next_line = raw_lines[follows]
    if (
        len(next_line) > _MAX_TITLE_LINE_CHARS
        or _read_fields(next_line, reference) is not None
        or _IS_PROSE.search(next_line)
    ):
        return 0
    if _ORDINAL.match(next_line) or not raw_lines[index].rstrip().endswith((":", "：")):
        return 0
    if name != "ignore":
        fields.setdefault(name, next_line)
    return 1


def _split_footer(
    lines: Sequence[str],
    raw_lines: Sequence[str],
    reference: IngestReference,
    start: int,
    fields: dict[str, str],
) -> _Tail:
    """Where the body ends: after its last sentence, short lines from the first mark of a footer on go."""
    last = len(lines)
    while last > start and not (
        _is_prose(lines[last - 1]) and reference.footer.fullmatch(lines[last - 1]) is None
    ):
        last -= 1
    dropped: set[int] = set()
    for index in range(last, len(lines)):
        line = lines[index]
        if reference.footer.fullmatch(line) is not None:
            labelled = _read_fields(raw_lines[index], reference)
            for name, value in (labelled or {}).items():
                if name not in ("ignore", "title") and value:
                    fields.setdefault(name, value)
            if reference.chrome.fullmatch(line) is None or index + 1 == len(lines):
                return _Tail(index, frozenset(dropped))
            dropped.add(index)
            continue
        labelled = _read_fields(raw_lines[index], reference)
        if labelled is not None:
            for name, value in labelled.items():
                if name not in ("ignore", "title") and value:
                    fields.setdefault(name, value)
            dropped.add(index)
        elif dropped and not _DATE_LINE.fullmatch(line) and not _ORDINAL.match(line):
            dropped.add(index)  # menus behind the first mark
    return _Tail(len(lines), frozenset(dropped))


def _unwrap(lines: Sequence[str], indented: Sequence[bool]) -> tuple[list[str], int]:
    """Lines of a wrapped text (PDF, fixed width) put together again, and how many were."""
    width = _find_wrap_width(lines, indented)
    if not width:
        return list(lines), 0
    uses_indent = sum(indented) * 10 > len(lines)
    whole: list[str] = []
    previous = 0.0
    for line, is_indented in zip(lines, indented, strict=True):
        starts = is_indented or previous < width - 2 or _ORDINAL.match(line) or _DATE_LINE.fullmatch(line)
        is_title = whole and _WHOLE_TITLE.fullmatch(whole[-1]) and not line.startswith("如下")
        if not whole or starts or is_title or (_ends_sentence(whole[-1]) and not uses_indent):
            whole.append(line)
        else:
            whole[-1] += _glue(whole[-1], line) + line
        previous = _count_width(line) + 2 * is_indented
    return whole, len(lines) - len(whole)


def _find_wrap_width(lines: Sequence[str], indented: Sequence[bool]) -> float:
    """Width in Han characters at which a text is wrapped, 0 where it is not."""
    if len(lines) < 8:
        return 0.0
    nearly_all = int(len(lines) * 0.9)
    # Most texts have long lines: too long for a wrapped text even if all their characters were ASCII.
    if sorted(map(len, lines))[nearly_all] > 2 * _MAX_WRAP_WIDTH:
        return 0.0
    widths = sorted(
        _count_width(line) + 2 * is_indented for line, is_indented in zip(lines, indented, strict=True)
    )
    width = widths[nearly_all]
    if not _MIN_WRAP_WIDTH <= width <= _MAX_WRAP_WIDTH or widths[-1] > width + 6:
        return 0.0
    near = sum(width - 3 <= other <= width + 3 for other in widths)
    return width if near * 3 >= len(widths) else 0.0


def _count_width(line: str) -> float:
    """Width in Han characters; ASCII takes half of one."""
    return len(line.encode("gb18030", "replace")) / 2


def _glue(before: str, line: str) -> str:
    """A blank between two words of Latin letters, nothing between Han."""
    return (
        " "
        if before[-1].isascii() and before[-1].isalpha() and line[0].isascii() and line[0].isalpha()
        else ""
    )


def _join_paragraphs(lines: Sequence[str]) -> tuple[list[str], int]:
    """Paragraphs of the body's lines, and how many breaks in mid-sentence were removed."""
    paragraphs: list[str] = []
    for line in lines:
        if paragraphs and _continues(paragraphs[-1], line):
            paragraphs[-1] += _glue(paragraphs[-1], line) + line
        else:
            paragraphs.append(line)
    return paragraphs, len(lines) - len(paragraphs)


def _continues(before: str, line: str) -> bool:
    """Whether a line goes on with the paragraph before it."""
    if _ends_sentence(before) or _ORDINAL.match(line) or _DATE_LINE.fullmatch(line):
        return False
    if before.endswith(_OPEN_ENDS):
        return True
    if _HAS_SENTENCE.search(before):
        return True
    return _ORDINAL.match(before) is None and len(before) >= _LONG_LINE_CHARS


def _ends_sentence(line: str) -> bool:
    """Whether a line ends with a stop, whatever is closed behind it, or with the end of what someone says."""
    return line.endswith(_CLOSES_SPEECH) or line.rstrip(_CLOSERS).endswith(_STOPS)


def _title_from_fields(fields: Mapping[str, str]) -> str | None:
    title = fields.get("title") or re.split(r"[_|]| - |－", fields.get("page_title", ""))[0].strip()
    return _normalise_spaces(_normalise_characters(title)) or None if _TITLE_TOPIC.search(title) else None
