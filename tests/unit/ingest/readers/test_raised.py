"""Superscripts and subscripts are not part of the number before them, in any format."""

from __future__ import annotations

import pytest

from orchestration.pipeline.ingest.characters import normalise_characters
from orchestration.pipeline.readers.html import reader as html
from orchestration.pipeline.readers.raised import lacks_number, write_raised
from orchestration.pipeline.readers.rtf import reader as rtf
from orchestration.pipeline.readers.word import docx
from tests.unit.ingest.readers.word.files import cell, paragraph, row, run, table, word_document

RAISED = '<w:vertAlign w:val="{}"/>'
STYLES = (
    '<w:style w:type="character" w:styleId="Ref"><w:name w:val="footnote reference"/><w:rPr>'
    '<w:vertAlign w:val="superscript"/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Own"><w:basedOn w:val="Ref"/></w:style>'
)
SHEET = "<style>.note { font-size: 70%; vertical-align: super }</style>"


@pytest.mark.parametrize(
    ("text", "is_below", "written"),
    [
        ("1", False, "¹"),
        (" 12 ", False, "¹²"),
        ("２", False, "²"),
        ("2", True, "₂"),
        *(
            (mark, False, "")
            for mark in ("[1]", "（12）", "【3】", "①", "注1", "注", "*", "1,2", "[1-3]", "１、２")
        ),
        ("th", False, "th"),
        ("", False, ""),
    ],
)
def test_note_marks_are_removed_and_other_superscripts_kept(text: str, is_below: bool, written: str) -> None:
    assert write_raised(text, is_below) == written


def word(mark: str, properties: str) -> str:
    body = paragraph(run("调解纠纷34") + run(mark, properties) + run("件。"))
    return docx.read(word_document(body, styles=STYLES)).text


def page(mark: str, head: str = "") -> str:
    return html.read(
        f"<html><head>{head}</head><body><p>调解纠纷34{mark}件。</p></body></html>".encode()
    ).text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(word("1", RAISED.format("superscript")), id="Word"),
        pytest.param(word("1", RAISED.format("subscript")), id="Word, below"),
        pytest.param(word("①", RAISED.format("superscript")), id="Word, in a circle"),
        pytest.param(word("[2]", RAISED.format("superscript")), id="Word, in brackets"),
        pytest.param(word("1", '<w:rStyle w:val="Ref"/>'), id="Word, by a style"),
        pytest.param(word("1", '<w:rStyle w:val="Own"/>'), id="Word, by what a style is based on"),
        pytest.param(
            rtf.read(rb"{\rtf1\ansi\u35843?\u35299?\u32416?\u32439?34{\super [1]}\u20214?\u12290?}").text,
            id="RTF",
        ),
        pytest.param(
            rtf.read(rb"{\rtf1\ansi\u35843?\u35299?\u32416?\u32439?34{\sub 1}\u20214?\u12290?}").text,
            id="RTF, below",
        ),
        pytest.param(
            rtf.read(
                rb"{\rtf1\ansi\fs32\u35843?\u35299?\u32416?\u32439?34{\up6\fs20 1}\u20214?\u12290?}"
            ).text,
            id="RTF, lifted and small",
        ),
        pytest.param("调解纠纷34①件。", id="text, in a circle"),
        pytest.param("调解纠纷34［1］件。", id="text, in brackets"),
        pytest.param("调解纠纷34⁽¹⁾件。", id="text, raised brackets"),
        pytest.param("调解纠纷34₁件。", id="text, below"),
    ],
)
def test_a_mark_between_a_number_and_its_unit_is_not_a_digit(text: str) -> None:
    assert normalise_characters(text) == "调解纠纷34件。"


def test_a_whole_line_that_is_lifted_keeps_its_digits() -> None:
    assert rtf.read(rb"{\rtf1\ansi{\up6\fs32 \u35843?\u35299?34\u20214?}}").text == "调解34件"


def test_a_run_on_the_line_whose_style_is_raised_counts() -> None:
    assert word("1", '<w:rStyle w:val="Ref"/>' + RAISED.format("baseline")) == "调解纠纷341件。"


@pytest.mark.parametrize("text", ["约10⁴人次", "见〔2023〕12号", "做到①学习②调解", "第34①章"])
def test_superscripts_that_are_not_note_marks_stay(text: str) -> None:
    assert normalise_characters(text) == text


HEADED = "<table><tr><td>项目</td><td>数量（件）</td></tr><tr><td>调解纠纷</td><td>{}</td></tr></table>"


@pytest.mark.parametrize(
    ("shown", "line"),
    [
        ("12<sup>1</sup>", "调解纠纷：12件。"),
        ("1,234<sup>12</sup>", "调解纠纷：1,234件。"),
        ("98.5%<sup>2</sup>", "调解纠纷：98.5%。"),
        ('34<span style="vertical-align:super">2</span>', "调解纠纷：34件。"),
        ("12<sup>[1]</sup>", "调解纠纷：12件。"),
    ],
)
def test_a_number_in_a_cell_loses_the_mark_of_its_note(shown: str, line: str) -> None:
    read = html.read(f"<html><body>{HEADED.format(shown)}</body></html>".encode()).text
    assert read.split("\n") == ["项目\t数量（件）", line]


def test_a_number_in_a_cell_of_word_loses_the_mark_of_its_note() -> None:
    marked = cell(paragraph(run("12") + run("1", RAISED.format("superscript"))))
    body = table(row("项目", "数量（件）"), row("调解纠纷", marked), row("信访", "8"))
    assert docx.read(word_document(body)).text.split("\n")[1:] == ["调解纠纷：12件。", "信访：8件。"]


def test_a_power_in_a_cell_stays() -> None:
    read = html.read(f"<html><body>{HEADED.format('10<sup>4</sup>')}</body></html>".encode()).text
    assert read.split("\n")[1] == "调解纠纷\t10⁴"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("调解纠纷", "余件，", True),
        ("调解纠纷", "件并全部办结", True),
        ("发放资料", "份", True),
        ("接受咨询", "人次", True),
        ("典型案", "件：", False),
        ("相关附", "件", False),
        ("由司法所", "起草", False),
        ("各月", "份：", False),
        ("共34", "件", False),
    ],
)
def test_a_picture_is_a_number_only_between_words_and_a_unit(before: str, after: str, expected: bool) -> None:
    assert lacks_number(before, after) is expected
