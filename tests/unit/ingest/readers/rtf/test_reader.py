"""RTF is read as Word prints it, whatever encoding its Chinese has."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.readers import LIMITS, RejectedFile
from orchestration.pipeline.readers.rtf import reader as rtf

FIXTURES = Path(__file__).resolve().parents[4] / "fixtures" / "word"
FONTS = (
    r"{\fonttbl{\f0\fnil\fcharset0 Times New Roman;}"
    r"{\f1\fnil\fcharset134 \'cb\'ce\'cc\'e5;}{\f2\fcharset2 Symbol;}}"
)


def written(text: str) -> str:
    """Return text as RTF writes it in GBK bytes."""
    return "".join(
        character
        if character.isascii()
        else "".join(f"\\'{byte:02x}" for byte in character.encode("gb18030"))
        for character in text
    )


def lines(body: str) -> list[str]:
    """Return the lines that the reader gives for a body; its Chinese is written as GBK bytes."""
    return rtf.read(
        (r"{\rtf1\ansi\ansicpg936\deff0" + FONTS + written(body) + "}").encode("latin-1")
    ).text.split("\n")


WHITE = r"{\colortbl;\red255\green255\blue255;\red255\green0\blue0;}"
CASES = {
    "white words": (WHITE + r"调解34{\cf1 99}{\cf2 件}\plain。\par", ["调解34件。"]),
    "white words on a ground": (WHITE + r"{\highlight2\cf1 调解}34件。\par", ["调解34件。"]),
    "paragraphs": (r"\pard 学习13次。\par 调解34件。\par", ["学习13次。", "调解34件。"]),
    "fonts": (r"\f1 宋体\f0 times{\f2\'b7}", ["宋体times·"]),
    "Unicode": (r"\uc1\u23398?\u20064\'3f13\u-28390?\uc2\u20214\'bc\'fe\uc0\u12290", ["学习13鄚件。"]),
    "Unicode beyond 16 bits": (r"\uc1\u-10180?\u-8416?", ["\U0001f320"]),
    "Unicode beside ANSI": (r"{\upr{?}{\*\ud{\uc0\u27861}}}治", ["法治"]),
    "hidden and deleted": (
        r"受理15件。{\v 实际99件。}{\v0 可见。}{\deleted 删40件}{\mvf 移走}",
        ["受理15件。可见。"],
    ),
    "plain ends hiding": (r"\v 藏\plain 见", ["见"]),
    "numbers": (
        r"{\listtext 一、\tab}做法\par{\pntext\f2\'b7\tab}抓学习\par{\listtext 1.\tab}5件\par",
        ["一、 做法", "抓学习", "1. 5件"],
    ),
    "what is no text": (
        r"甲{\header 页眉}{\footer 第{\field{\*\fldinst PAGE}{\fldrslt 1}}页}{\info{\title 题}}{\*\unknown 略}"
        r"{\*\bkmkstart a}乙{\pict 00ff\bin3 }}}}{\stylesheet{\s0 正文;}}",
        ["甲乙"],
    ),
    "fields": (
        r"第{\field{\*\fldinst { PAGE }}{\fldrslt 3}}页共{\field{\*\fldinst REF a}{\fldrslt 12}}件",
        ["第页共12件"],
    ),
    "equation": (r"{\field{\*\fldinst EQ \\o\\ac(○,3)}}抓学习", ["③抓学习"]),
    "contents": (
        r"{\field{\*\fldinst TOC}{\fldrslt 一、做法 1\par 二、打算 2\par}}\par 一、做法\par",
        ["一、做法"],
    ),
    "footnote": (
        r"调解34件{\super 1}{\chftn{\footnote\pard 指乡级。\par}}。\par 后。",
        ["调解34件¹。", "指乡级。", "后。"],
    ),
    "text box once": (
        r"前{\shp{\*\shpinst\shpleft0{\sp{\sn a}{\sv 值}}{\shptxt\pard 框内77件。\par}}"
        r"{\shprslt 框内77件。}}后。\par",
        ["前后。", "框内77件。"],
    ),
    "text box of a header": (r"{\header{\shp{\*\shpinst{\shptxt 页眉框}}}}甲", ["甲"]),
    "table": (
        r"\trowd\cellx100\cellx200\pard\intbl 项目\cell 数量（件）\cell\row"
        r"\trowd\cellx100\cellx200\intbl 纠纷\cell 31\cell\row\pard 后。\par",
        ["项目\t数量（件）", "纠纷：31件。", "后。"],
    ),
    "merged cells": (
        r"\trowd\clvmgf\cellx100\cellx200\cellx300\pard\intbl 类\cell 项\cell 件数（件）\cell\row"
        r"\trowd\clvmgf\cellx100\cellx200\cellx300\intbl 执法\cell 立案\cell 9\cell\row"
        r"\trowd\clvmrg\cellx100\cellx200\cellx300\intbl\cell 结案\cell 8\cell\row\pard",
        ["类\t项\t件数（件）", "执法，立案：9件。", "执法，结案：8件。"],
    ),
    "nested table": (
        r"\pard\intbl\itap1 说明\par\pard\intbl\itap2 调解33件\nestcell{\nonesttables\par}走访44户\nestcell"
        r"{\*\nesttableprops\trowd\cellx50\cellx100\nestrow}{\nonesttables\par}"
        r"\pard\intbl\itap1\cell\trowd\cellx100\row\pard 后。",
        ["说明", "调解33件，走访44户。", "后。"],
    ),
    "symbols": (
        r"甲\~乙\_丙\-丁\{戊\}\\己\line 庚\tab 辛",
        ["甲\u00a0乙-丙丁{戊}\\己", "庚\t辛"],
    ),
    "line ends": ("甲\\\n乙\\par\r\n丙", ["甲", "乙", "丙"]),
    "struck out": (r"调解{\strike 40}43件。{\striked1 旧}\strike 旧\strike0 后。", ["调解43件。后。"]),
    "drop-down": (
        r"调解{\field{\*\fldinst { FORMDROPDOWN }{\*\formfield{\fftype2\ffres1{\*\ffname 数}{\*\ffl 12}{\*\ffl 34}}}}"
        r"{\fldrslt }}件，走访{\field{\*\fldinst { FORMDROPDOWN }{\*\formfield{\fftype2\ffres25\ffdefres1{\*\ffl 5}"
        r"{\*\ffl 6}}}}{\fldrslt 旧}}次，{\field{\*\fldinst { FORMTEXT }{\*\formfield{\fftype0{\*\ffdeftext 9}}}}"
        r"{\fldrslt 7}}人。",
        ["调解34件，走访6次，7人。"],
    ),
    "raised digits": (r"面积12m{\super 2}。", ["面积12m²。"]),
}


@pytest.mark.parametrize("case", CASES)
def test_what_word_prints_is_read_once(case: str) -> None:
    body, expected = CASES[case]
    assert lines(body) == expected


def test_a_file_of_libreoffice_is_read() -> None:
    read = read_report((FIXTURES / "unprinted.rtf").read_bytes(), "report.doc")
    assert (read.reader, read.media_type) == (f"rtf/{rtf.VERSION}", "application/rtf")
    assert read.text.split("\n")[1:6] == [
        "一、 主要举措",
        "（一） 抓学习",
        "（二） 抓调解",
        "受理15件。",
        "调解43件。",
    ]
    assert read.text.split("\n")[7:] == [
        "矛盾纠纷：31件。",
        "信访：8件。",
        "二、 存在不足",
        "力量偏少。",
        "指执法人员5人。",
        "第页",
    ]


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{\\rtf1 x", "truncated"),
        (b"{\\rtf1 x\\", "truncated"),
        (b"{\\rtf1" + b"{" * 2_000, "too_large"),
        (b"{\\rtf1\\ansicpg936 \\'b7}", "undecodable"),
        (b"{\\rtf1 " + b"a" * (2 * LIMITS.text_chars + 1) + b"}", "too_large"),
        (b"{\\rtf1" + b"\\b" * LIMITS.rtf_tokens, "too_large"),
    ],
    ids=["half", "half a word", "groups", "half a character", "text", "words"],
)
def test_what_cannot_be_read_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(RejectedFile) as refused:
        rtf.read(data)
    assert refused.value.code == code


WORDS = (
    r"\par \cell \row \nestcell {\*\nesttableprops \nestrow} \intbl \itap2 \itap-1 \pard \trowd \cellx9 \clvmrg "
    r"\v \v0 \plain \u99 \u-1 \uc9 { } {\* {\field {\*\fldinst {\fldrslt {\footnote {\shptxt {\upr {\*\ud {\fonttbl "
    r"\f7 \fcharset2 \ansicpg1 \'b0 \'ff 法 \bin9 \deleted {\listtext"
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(WORDS.split()), st.text(max_size=3)), max_size=40).map(" ".join))
def test_any_words_are_read_or_refused(body: str) -> None:
    for data in ("{\\rtf1 " + body + "}", "{\\rtf1\\ansicpg936 " + body + "}" * (body.count("{") + 1)):
        try:
            rtf.read(data.encode("utf-8"))
        except RejectedFile as refused:
            assert refused.message
