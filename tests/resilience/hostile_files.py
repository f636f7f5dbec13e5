"""Files that nobody should send: mutated reports of every format, bombs, and names that are code.

The files are made from the sample reports and a seed, so that a file that breaks something can be made
again. Nothing is written outside the given folder, but links in it point outside.
"""

from __future__ import annotations

import io
import json
import os
import random
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from html import escape
from pathlib import Path

from tests.resilience.harness import SAMPLES, report_files
from tests.resilience.hostile_office import office_bases, office_files, slow_bases
from tests.resilience.hostile_pages import fair_ofd, page_files, write_odd_entries
from tests.resilience.hostile_scans import scan_bases, scan_files

# Must stay plain text in SQL, Markdown, HTML, Jinja, a shell and a spreadsheet.
INJECTIONS = (
    "'; drop table raw.files; --",
    "\"; attach '/tmp/stolen.db'; --",
    "<script>alert('法治')</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1)) | x | ![](http://127.0.0.1/x.png)",
    "{{ env_var('HOME') }}{% do run_query('drop schema marts cascade') %}",
    '=HYPERLINK("http://127.0.0.1","x")',
    "=cmd|'/c calc'!A1",
    "$(touch injected) `touch injected` ; touch injected",
    "%s %(x)s {0} {x} \\x00 \\n ' \" ` \\",
)
FAIR_TEXT = """{unit}人民政府关于{year}年法治政府建设情况的报告
{extra}
一、主要举措和成效
（一）化解矛盾纠纷。全年排查矛盾纠纷{number}件，成功化解{number}件，{extra}开展普法活动12场次。
二、存在的不足和原因
执法力量有待加强，{extra}普法形式还不够丰富。
三、下一步工作打算
继续加强执法队伍建设，创新普法方式。
"""
_SLOW_EVERY = 40  # one in so many mutated files takes seconds

Mutation = Callable[[bytes, random.Random], bytes]


def fair_report(number: int, extra: str = "") -> str:
    """Return a valid report with `extra` in its title, body and figures."""
    return FAIR_TEXT.format(
        unit=f"重庆市铜梁区太平镇{extra[:40]}", year=2015 + number % 10, number=number + 3, extra=extra
    )


def write_hostile_files(folder: Path, mutated: int, noise: int, seed: int) -> None:
    """Write `mutated` broken reports, `noise` files of random bytes and all special files."""
    rng = random.Random(seed)
    bases = list(_base_files())
    slow = [*slow_bases(), *scan_bases()]
    for number in range(mutated):
        is_slow = number % _SLOW_EVERY == 0
        ending, data = slow[number // _SLOW_EVERY % len(slow)] if is_slow else bases[number % len(bases)]
        for _ in range(rng.choice((1, 1, 2, 5))):
            data = rng.choice(_MUTATIONS)(data, rng)
        _write(folder / "mutated" / f"{number // 500}" / f"m{number:04d}{ending}", data)
    for number in range(noise):
        magic = rng.choice((b"", b"%PDF-1.7\n", b"PK\x03\x04", b"<html>", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
                            b"\xff\xfe", b"MIME-Version: 1.0\nContent-Type: multipart/related\n\n"))  # fmt: skip
        _write(
            folder / "noise" / f"n{number:04d}.bin", magic + rng.randbytes(rng.choice((1, 50, 3000, 200_000)))
        )
    for name, data in _special_files():
        _write(folder / "special" / name, data)
    for name, data in page_files(fair_report(200)):
        _write(folder / "pages" / name, data)
    for name, data in scan_files():
        _write(folder / "scans" / name, data)
    _write_named_files(folder / "names")
    write_odd_entries(folder / "odd", fair_report(201))


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _base_files() -> Iterator[tuple[str, bytes]]:
    for path in report_files(SAMPLES):
        yield path.suffix, path.read_bytes()
    text = fair_report(1)
    yield ".gb.txt", text.encode("gb18030")
    yield ".wide.txt", text.encode("utf-16")
    yield ".mht", _mht(text)
    yield ".ofd", fair_ofd(text)
    yield ".zip", _zip({"a/报告.txt": text.encode(), "b.html": f"<p>{text}</p>".encode()})
    yield from office_bases(text)


def _mht(text: str) -> bytes:
    message = EmailMessage()
    message["MIME-Version"] = "1.0"
    message.set_content("saved by a browser")
    message.add_alternative(
        "<html><body>" + "".join(f"<p>{escape(line)}</p>" for line in text.splitlines()), subtype="html"
    )
    return message.as_bytes()


def _zip(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


# ---- mutations ---------------------------------------------------------------------------


def _span(data: bytes, rng: random.Random) -> slice:
    start = rng.randrange(len(data) + 1)
    return slice(start, min(len(data), start + rng.choice((1, 4, 100, 5000))))


def _flip(data: bytes, rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.choice((1, 10, 200)) if changed else 0):
        changed[rng.randrange(len(changed))] = rng.randrange(256)
    return bytes(changed)


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _remove(data: bytes, rng: random.Random) -> bytes:
    span = _span(data, rng)
    return data[: span.start] + data[span.stop :]


def _repeat(data: bytes, rng: random.Random) -> bytes:
    span = _span(data, rng)
    return data[: span.stop] + data[span] * rng.choice((1, 3, 50)) + data[span.stop :]


def _insert(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data) + 1)
    words = (
        *INJECTIONS,
        "\x00" * 50,
        "9" * 5000,
        "（" * 3000,
        "一、" * 2000,
        "&#xD800;",
        "<div>" * 3000,
        "。" * 9000,
    )
    return data[:at] + rng.choice(words).encode() + data[at:]


def _reverse(data: bytes, rng: random.Random) -> bytes:
    span = _span(data, rng)
    return data[: span.start] + data[span][::-1] + data[span.stop :]


def _mutate_member(data: bytes, rng: random.Random) -> bytes:
    """For zip formats, mutate a member before it is packed, so that the mutation reaches the reader."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = {name: archive.read(name) for name in archive.namelist()}
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, ValueError, OSError, EOFError):
        return _flip(data, rng)
    if members:
        name = rng.choice(sorted(members))
        members[name] = rng.choice((_flip, _cut, _remove, _repeat, _insert))(members[name], rng)
    return _zip(members)


_MUTATIONS: tuple[Mutation, ...] = (_flip, _cut, _remove, _repeat, _insert, _reverse, _mutate_member)


# ---- special files -----------------------------------------------------------------------


def _special_files() -> Iterator[tuple[str, bytes]]:
    yield from _large_files()
    yield from _html_files()
    yield from _archive_files()
    sample = next(path for path in report_files(SAMPLES) if path.suffix == ".docx").read_bytes()
    yield from office_files(sample, fair_report(50))
    yield from _pdf_files()
    for number, words in enumerate(INJECTIONS):
        yield f"words{number}.txt", fair_report(number, words).encode()
        yield (
            f"words{number}.html",
            f"<html><body><p>{fair_report(number + 40, words)}</p></body></html>".encode(),
        )
        yield f"words{number}.mht", _mht(fair_report(number + 80, words))
        yield f"side{number}.txt", fair_report(number + 120).encode()
        side = {
            "unit_name": words,
            "county": words,
            "report_year": 10**30,
            "published_on": words,
            "title": words,
        }
        yield f"side{number}.meta.json", json.dumps(side).encode()
    for number, side_file in enumerate(
        (b"", b"{", b"[1]", b'{"title": "\\ud800"}', b"[" * 100_000, b'{"year": 1e999}')
    ):
        yield f"bad_side{number}.txt", fair_report(number + 160).encode()
        yield f"bad_side{number}.meta.json", side_file


def _large_files() -> Iterator[tuple[str, bytes]]:
    sentence = "全年排查矛盾纠纷1024件，成功化解1000件。"
    yield "too_large.txt", b"\xe6\xb3\x95" * (23 * 1024 * 1024)  # 69 MB
    yield "too_long.txt", fair_report(1).encode() + sentence.encode() * 100_000
    yield "one_line.txt", (fair_report(2) + sentence * 40_000).encode()
    yield "many_lines.txt", (fair_report(3) + "法\n" * 600_000).encode()
    yield "many_sections.txt", (fair_report(4) + "（一）加强学习。全年学习3次。\n" * 20_000).encode()
    yield "open_brackets.txt", (fair_report(5) + "（《“" * 200_000 + "法治建设。").encode()
    yield (
        "digits.txt",
        (fair_report(6) + "共" + "9" * 400_000 + "件。" + "1." * 200_000 + "1," * 100_000).encode(),
    )
    yield (
        "numerals.txt",
        (fair_report(7) + "共" + "万亿" * 50_000 + "件，" + "一百零" * 80_000 + "起。").encode(),
    )
    yield "commas.txt", (fair_report(8) + "开展普法，" * 150_000).encode()
    yield "list.txt", (fair_report(9) + "、".join(["参考率"] * 100_000) + "均达100%。").encode()
    yield "labels.txt", ("索引号：" * 50_000 + "\n" + fair_report(10)).encode()
    yield "spaces.txt", (fair_report(11).replace("。", "。" + " " * 200_000)).encode()
    yield "breadcrumb.txt", ("首页>政务>" * 40_000 + "\n" + fair_report(12)).encode()
    yield "nul.txt", fair_report(13).replace("件", "件\x00").encode()
    yield "marks.txt", fair_report(14, "\u202e\ufeff\u200b\u2028\x85\U0001f468\u200d\U0001f469").encode()
    yield (
        "headings.txt",
        "".join(f"{'一二三四五六七八九'[i % 9]}、法治建设\n" for i in range(60_000)).encode(),
    )


def _html_files() -> Iterator[tuple[str, bytes]]:
    text = fair_report(20).encode()
    for tag in ("div", "table><tr><td", "ul><li", "b", "a href=x", "blockquote"):
        yield f"deep_{tag[:4]}.html", b"<html><body>" + f"<{tag}>".encode() * 200_000 + text
    yield "unclosed.html", b"<html><body>" + text + b"<!--" * 100_000 + b"<" * 500_000
    yield (
        "attributes.html",
        b"<html><body><p " + b" ".join(b"a%d=1" % i for i in range(200_000)) + b">" + text,
    )
    yield "links.html", b"<html><body><ul>" + b"<li><a href=x>menu</a></li>" * 60_000 + b"</ul>" + text
    yield "nested_links.html", b"<html><body>" + b"<div><a>x</a>" * 20_000 + text
    yield "entities.html", b"<html><body>" + b"&amp;#x1F600;&#xD800;&#99999999;&lt;script&gt;" * 20_000 + text
    yield "charset.html", b"<meta charset='base64'><html><body>" + text
    yield "utf7.html", b"<meta charset='utf-7'><html><body>+ADw-script+AD4-" + text
    yield (
        "nested.mht",
        b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n\n"
        + (b"--x\nContent-Type: multipart/mixed; boundary=x\n\n" * 3_000),
    )
    yield (
        "headers.mht",
        b"MIME-Version: 1.0\nContent-Type: text/html; charset=no-such\n" + b"X-A: b\n" * 90_000,
    )
    yield (
        "base64.mht",
        (
            b"MIME-Version: 1.0\nContent-Type: text/html\nContent-Transfer-Encoding: base64\n\n"
            + b"A=" * 99_999
        ),
    )


def _archive_files() -> Iterator[tuple[str, bytes]]:
    zeros = b"\x00" * (200 * 1024 * 1024)
    yield "bomb.zip", (bomb := _zip({"zeros.txt": zeros}))
    yield "bomb.docx", _zip({"[Content_Types].xml": b"<Types/>", "word/document.xml": zeros})
    yield "matryoshka.zip", _zip({"inner.zip": bomb, "deeper.zip": _zip({"bomb.zip": bomb})})
    yield "crowd.zip", _zip({f"{number}.txt": b"" for number in range(25_000)})
    yield "escape.zip", _zip(
        {name: fair_report(30 + number).encode() for number, name in enumerate(
            ("../../../../tmp/escaped.txt", "/tmp/absolute.txt", "..\\..\\windows.txt", "a/../b.txt",
             "'; drop table raw.files; --.txt", "<script>alert(1)</script>.txt", "line\nbreak.txt", "x" * 3000 + ".txt")
        )}
    )  # fmt: skip
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings(action="ignore"):
        for number in range(3):
            archive.writestr("same.txt", fair_report(38 + number))
    yield "twins.zip", buffer.getvalue()
    packed = bytearray(_zip({"a.txt": fair_report(42).encode()}))
    packed[packed.rfind(b"PK\x01\x02") + 24 : packed.rfind(b"PK\x01\x02") + 28] = (10).to_bytes(4, "little")
    yield "lies_about_size.zip", bytes(packed)


def _pdf_files() -> Iterator[tuple[str, bytes]]:
    def pdf(*objects: bytes) -> bytes:
        parts = [b"%PDF-1.7\n"]
        parts += [b"%d 0 obj\n%s\nendobj\n" % (number, body) for number, body in enumerate(objects, start=1)]
        return b"".join(parts) + b"trailer << /Root 1 0 R >>\n%%EOF"

    yield (
        "loop.pdf",
        pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>"),
    )
    yield (
        "count.pdf",
        pdf(b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [] /Count 2000000000 >>"),
    )
    yield (
        "action.pdf",
        pdf(
            b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /Launch /F (touch injected) >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9e30 9e30] >>",
        ),
    )
    yield "deep.pdf", b"%PDF-1.7\n1 0 obj\n" + b"[" * 300_000


# ---- names -------------------------------------------------------------------------------


def _write_named_files(folder: Path) -> None:
    """Write files named with code or invalid text, links out of the folder, and entries that are not files."""
    names = [words.replace("/", "∕") for words in INJECTIONS]
    names += [
        "x" * 250,
        "-rf",
        "line\nbreak",
        "tab\there",
        "quote'\"`",
        "..txt..",
        "100%s",
        "法" * 80,
        "a!∕b",
        "Ⅻ①㊣",
    ]
    for number, name in enumerate(names):
        _write(
            folder / f"{name}.txt"[:250].encode()[:250].decode("utf-8", "ignore"),
            fair_report(number + 60).encode(),
        )
    raw = os.fsencode(folder) + b"/\xff\xfe\xb7\xa8.txt"
    with open(raw, "wb") as file:
        file.write(fair_report(90).encode())
    for number, words in enumerate(INJECTIONS[:3]):
        _write(folder / words.replace("/", "∕") / "inside.txt", fair_report(number + 91).encode())
    (folder / "outside.txt").symlink_to("/etc/passwd")
    (folder / "outside").symlink_to("/etc")
    (folder / "loop").symlink_to(folder)
    (folder / "nowhere.txt").symlink_to(folder / "no such file")
    os.mkfifo(folder / "pipe.txt")
