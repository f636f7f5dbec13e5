"""Every reference file is read in every form in which editors and Excel save it; all bad rows are named at once."""

from __future__ import annotations

import codecs
import csv
import io
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from orchestration.pipeline.extract.catalogue import load_catalogue
from orchestration.pipeline.reference.checks import check_reference
from orchestration.pipeline.reference.rows import TABLES
from orchestration.pipeline.reference.seeds import SEEDS, are_plain, write_seeds
from orchestration.pipeline.reference.tables import (
    ReferenceRow,
    ReferenceTableError,
    read_reference_table,
    split_table,
)
from orchestration.settings import PROJECT_DIR

REFERENCE = PROJECT_DIR / "seeds" / "reference"


def _with_tabs(text: str) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out, delimiter="\t", lineterminator="\r\n").writerows(
        csv.reader(io.StringIO(text, newline=""))
    )
    return out.getvalue().encode("utf-16")


def _mixed(text: str) -> bytes:
    lines = text.splitlines()
    return "".join(line + ("\r\n" if number % 2 else "\n") for number, line in enumerate(lines)).encode()


def _padded(text: str) -> bytes:
    """Add the empty column and rows that Excel keeps where somebody once typed."""
    lines = text.splitlines()
    blank = "," * lines[0].count(",") + ","
    return "".join(f"{line},\n" for line in [*lines, blank, blank]).encode()


FORMS: dict[str, Callable[[str], bytes]] = {
    "UTF-8 with a byte order mark": lambda text: codecs.BOM_UTF8 + text.encode(),
    "GB18030 with CRLF, as Chinese Excel saves CSV": lambda text: text.replace("\n", "\r\n").encode(
        "gb18030"
    ),
    "UTF-16 with tabs, as Excel saves Unicode text": _with_tabs,
    "CRLF": lambda text: text.replace("\n", "\r\n").encode(),
    "mixed line ends": _mixed,
    "no last line end": lambda text: text.rstrip("\n").encode(),
    "empty column and rows": _padded,
    "booleans in capitals": lambda text: (
        text.replace(",true,", ",TRUE,").replace(",false,", ",FALSE,").encode()
    ),
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("form", FORMS)
def test_every_file_is_read_in_every_form(form: str, name: str, tmp_path: Path) -> None:
    path = tmp_path / Path(name).name
    path.write_bytes(FORMS[form]((REFERENCE / name).read_text(encoding="utf-8")))
    model, key = TABLES[name]
    assert read_reference_table(path, model.model_fields, key) == rows_of(name)


@cache
def rows_of(name: str) -> list[ReferenceRow]:
    """Return the rows of the project's file."""
    model, key = TABLES[name]
    return read_reference_table(REFERENCE / name, model.model_fields, key)


def test_the_projects_files_are_valid_and_all_known() -> None:
    check_reference(REFERENCE)
    assert {path.relative_to(REFERENCE).as_posix() for path in REFERENCE.rglob("*.csv")} == {
        "corrections.csv",  # holds decisions, which are never refused
        *TABLES,
    }
    assert are_plain(REFERENCE)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REFERENCE, tmp_path / "reference"))


@pytest.mark.parametrize("form", FORMS)
def test_the_catalogue_and_the_seeds_do_not_depend_on_the_form(form: str, copy: Path, tmp_path: Path) -> None:
    for name in TABLES:
        (copy / name).write_bytes(FORMS[form]((REFERENCE / name).read_text(encoding="utf-8")))
    check_reference(copy)
    assert load_catalogue(copy).indicators == load_catalogue(REFERENCE).indicators
    write_seeds(copy, tmp_path / "seeds")
    for name in SEEDS:
        assert split_table(tmp_path / "seeds" / name) == split_table(REFERENCE / name)


def test_all_bad_rows_of_all_files_are_named_at_once(copy: Path) -> None:
    bad = {
        "extract/units.csv": ["坨,坨,一,case,count", "摞,摞,1,case,sometimes"],
        "transform/domains.csv": ["trees,第一,植树,Trees,"],
        "identify/county_changes.csv": ["renamed,,某县,50,,,,"],
        "segment/stop_words.csv": ["以及,again", "一个词,两个,三个"],
    }
    numbers: dict[str, int] = {}
    for name, lines in bad.items():
        numbers[name] = len((copy / name).read_text(encoding="utf-8").splitlines()) + 1
        with (copy / name).open("a", encoding="utf-8") as file:
            file.write("\n".join(lines) + "\n")
    with pytest.raises(ReferenceTableError) as raised:
        check_reference(copy)
    found = str(raised.value).splitlines()
    for name, number, words in [
        ("extract/units.csv", 0, "factor '一' is not a number"),
        ("extract/units.csv", 1, "han_reading 'sometimes' is not one of count, noun, never, kinds"),
        ("transform/domains.csv", 0, "position '第一' is not a whole number"),
        ("identify/county_changes.csv", 0, "new_code '50'"),
        ("segment/stop_words.csv", 0, "word '以及' occurs twice"),
        ("segment/stop_words.csv", 1, "3 fields instead of 2"),
    ]:
        assert any(f"{name}, row {numbers[name] + number}: {words}" in line for line in found), (
            name,
            words,
            found,
        )
    assert len(found) == 6


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"word,reason\n\xff\xff\xff\xff,x\n", "neither UTF-8 nor GB18030"),
        ('word,reason\n"以及,x\n'.encode(), "row"),
        ("word\n以及\n".encode(), "row 1: missing columns reason"),
        (b"", "row 1: missing columns word, reason"),
    ],
)
def test_a_file_that_is_not_a_table_is_refused_by_name(data: bytes, reason: str, copy: Path) -> None:
    (copy / "segment" / "stop_words.csv").write_bytes(data)
    with pytest.raises(ReferenceTableError, match=rf"stop_words\.csv.*{reason}"):
        check_reference(copy)
