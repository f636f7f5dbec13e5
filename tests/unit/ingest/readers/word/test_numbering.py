"""Word's automatic numbers: every way to define, share, inherit and restart them."""

from __future__ import annotations

import pytest

from orchestration.pipeline.readers.number_formats import format_number
from orchestration.pipeline.readers.word import docx
from tests.unit.ingest.readers.word.files import (
    definition,
    instance,
    level,
    numbered,
    paragraph,
    word_document,
)

NUMBERING = definition(
    1,
    level(0, "chineseCounting", "%1、"),
    level(1, "chineseCounting", "（%2）"),
    level(2, "decimal", "%3."),
    level(3, "decimal", "%3.%4", "<w:isLgl/>"),
) + instance(1, 1)


def lines(body: str, **parts: str) -> list[str]:
    """Return the lines that the reader gives for a body."""
    return docx.read(word_document(body, **parts)).text.split("\n")  # type: ignore[arg-type]


# Format → how it prints 1, 2, 10, 11 and 21.
FORMATS = {
    "decimal": "1 2 10 11 21",
    "chineseCounting": "一 二 十 十一 二十一",
    "chineseCountingThousand": "一 二 十 十一 二十一",
    "japaneseCounting": "一 二 十 十一 二十一",
    "ideographDigital": "一 二 一〇 一一 二一",
    "chineseLegalSimplified": "壹 贰 壹拾 壹拾壹 贰拾壹",
    "ideographTraditional": "甲 乙 癸 甲 甲",
    "ideographZodiac": "子 丑 酉 戌 申",
    "decimalEnclosedCircle": "① ② ⑩ ⑪ ㉑",
    "decimalEnclosedCircleChinese": "① ② ⑩ ⑪ ㉑",
    "decimalEnclosedParen": "⑴ ⑵ ⑽ ⑾ 21",
    "decimalEnclosedFullstop": "⒈ ⒉ ⒑ ⒒ 21",
    "upperRoman": "I II X XI XXI",
    "lowerRoman": "i ii x xi xxi",
    "upperLetter": "A B J K U",
    "lowerLetter": "a b j k u",
    "decimalZero": "01 02 10 11 21",
    "decimalFullWidth": "１ ２ １０ １１ ２１",
    "ideographEnclosedCircle": "㊀ ㊁ ㊉ 11 21",
    "ordinal": "1st 2nd 10th 11th 21st",
    "hebrew1": "1 2 10 11 21",
    "bullet": "    ",
}


@pytest.mark.parametrize(("kind", "shown"), FORMATS.items())
def test_formats_of_numbers(kind: str, shown: str) -> None:
    assert " ".join(format_number(value, kind) for value in (1, 2, 10, 11, 21)) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [(100, "一百"), (105, "一百零五"), (110, "一百一十"), (2024, "二千零二十四"), (0, "0")],
)
def test_counting_in_han(value: int, shown: str) -> None:
    assert format_number(value, "chineseCounting") == shown


def test_levels_restart_under_each_higher_one() -> None:
    body = "".join(numbered(f"段{at}", 1, depth) for at, depth in enumerate((0, 1, 1, 2, 3, 3, 1, 0, 1, 2)))
    labels = [line.split("段")[0].strip() for line in lines(body, numbering=NUMBERING)]
    assert labels == ["一、", "（一）", "（二）", "1.", "1.1", "1.2", "（三）", "二、", "（一）", "1."]


def test_lists_of_one_definition_continue_counting_unless_they_restart() -> None:
    anew = '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="{}"/></w:lvlOverride>'
    other = f'<w:lvlOverride w:ilvl="0">{level(0, "decimalEnclosedCircle", "%1")}</w:lvlOverride>'
    numbering = (
        NUMBERING
        + instance(2, 1)
        + instance(3, 1, anew.format(1))
        + instance(4, 1, anew.format(5))
        + instance(5, 1, other)
    )
    body = "".join(numbered("段", number) for number in (1, 2, 3, 3, 4, 4, 5))
    assert lines(body, numbering=numbering) == [
        "一、段",
        "二、段",
        "一、段",
        "二、段",
        "五、段",
        "六、段",
        "⑦段",
    ]


def test_numbers_come_through_styles() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="Base"><w:pPr><w:numPr><w:numId w:val="7"/></w:numPr></w:pPr></w:style>'
        '<w:style w:type="paragraph" w:styleId="Child"><w:basedOn w:val="Base"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="Deeper"><w:basedOn w:val="Base"/></w:style>'
        '<w:style w:type="numbering" w:styleId="Lists"><w:pPr><w:numPr><w:numId w:val="8"/></w:numPr></w:pPr></w:style>'
    )
    numbering = (
        '<w:abstractNum w:abstractNumId="5"><w:numStyleLink w:val="Lists"/></w:abstractNum>'
        + definition(
            6,
            level(0, "chineseCounting", "第%1章"),
            level(1, "chineseCounting", "（%2）", '<w:pStyle w:val="Deeper"/>'),
        )
        + instance(7, 5)
        + instance(8, 6)
    )
    styled = '<w:pStyle w:val="{}"/>{}'
    off = '<w:numPr><w:numId w:val="0"/></w:numPr>'
    body = (
        paragraph("甲", styled.format("Child", ""))
        + paragraph("乙", styled.format("Deeper", ""))
        + paragraph("丙", styled.format("Child", off))
        + paragraph("丁", styled.format("Child", '<w:numPr><w:ilvl w:val="1"/></w:numPr>'))
    )
    assert lines(body, styles=styles, numbering=numbering) == ["第一章甲", "（一）乙", "丙", "（二）丁"]


def test_odd_levels() -> None:
    custom = (
        '<w:lvl w:ilvl="1"><mc:AlternateContent><mc:Choice Requires="w14">'
        '<w:numFmt w:val="custom" w:format="001, 002"/></mc:Choice><mc:Fallback><w:numFmt w:val="decimal"/>'
        '</mc:Fallback></mc:AlternateContent><w:lvlText w:val="%2、"/></w:lvl>'
    )
    numbering = (
        definition(
            1,
            level(0, "decimal", "%1."),
            custom,
            level(2, "bullet", "·"),
            level(3, "decimal", "%4)", '<w:lvlRestart w:val="0"/>'),
            level(4, "decimal", "%5)", "<w:rPr><w:vanish/></w:rPr>"),
        )
        + instance(1, 1)
        + instance(9, 404)
    )
    body = "".join(
        numbered(text, number, depth)
        for text, number, depth in (
            ("5件案件", 1, 0),
            ("甲", 1, 1),
            ("乙", 1, 2),
            ("丙", 1, 3),
            ("", 1, 0),
            ("丁", 1, 0),
            ("戊", 1, 3),
            ("己", 1, 4),
            ("庚", 9, 0),
            ("辛", 404, 0),
            ("壬", 1, 8),
        )
    )
    assert lines(body, numbering=numbering) == [
        "1. 5件案件",
        "001、甲",
        "乙",
        "1)丙",
        "3.丁",
        "2)戊",
        "己",
        "庚",
        "辛",
        "壬",
    ]


def test_hidden_and_deleted_paragraphs_are_not_counted() -> None:
    body = (
        numbered("甲", 1)
        + numbered("去", 1)
        .replace("<w:pPr>", "<w:pPr><w:rPr><w:del/></w:rPr>")
        .replace("<w:r>", "<w:del><w:r>")
        .replace("</w:r>", "</w:r></w:del>")
        + numbered("", 1).replace("<w:pPr>", "<w:pPr><w:rPr><w:vanish/></w:rPr>")
        + numbered("乙", 1)
    )
    assert lines(body, numbering=NUMBERING) == ["一、甲", "二、乙"]


@pytest.mark.parametrize("suffix", ["", '<w:suff w:val="space"/>', '<w:suff w:val="nothing"/>'])
@pytest.mark.parametrize(
    ("pattern", "text", "shown"),
    [
        ("%1", "348件纠纷", "1. 348件纠纷"),
        ("%1", "排查纠纷348件", "1 排查纠纷348件"),
        ("%1.", "348件纠纷", "1. 348件纠纷"),
        ("（%1）", "348件纠纷", "（1）348件纠纷"),
    ],
)
def test_a_number_never_joins_the_one_after_it(suffix: str, pattern: str, text: str, shown: str) -> None:
    plain = definition(1, level(0, "decimal", pattern, suffix)) + instance(1, 1)
    assert lines(numbered(text, 1), numbering=plain) == [shown]
