"""Texts with odd encodings or end marks are read completely, and lookalike characters become one."""

from __future__ import annotations

import pytest

from orchestration.pipeline.ingest.characters import normalise_characters
from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.readers import RejectedFile
from orchestration.pipeline.readers.encoding import find_damaged_number
from orchestration.pipeline.readers.text import reader as text

TEXT = "松坪镇2023年法治政府建设年度报告\n一、主要做法\n全年调解纠纷34件，群众满意，作业规范，业务过硬。\n"
HAN_ONLY = TEXT.replace("\n", "。").replace("2023", "二〇二三").replace("34", "三十四").replace("、", "，")


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("text", [TEXT, HAN_ONLY], ids=["with digits and line ends", "nothing but Chinese"])
def test_utf_16_without_a_mark_is_known(encoding: str, text: str) -> None:
    read = read_report(text.encode(encoding), "x.txt")
    assert (read.text, read.encoding) == (text, encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030", "big5hkscs"])
def test_bytes_are_not_taken_for_utf_16(encoding: str) -> None:
    text = "柳河镇推行法治政府建工作，全年普法，走街串巷。" * 2
    assert read_report(text.encode(encoding, "ignore"), "x.txt").encoding == encoding


@pytest.mark.parametrize("end", [b"\x1a", b"\r\n\x1a\x1a\x1a", b"\x00\x00", b"\x1a old \xff rest\x05"])
@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_text_ends_at_its_end_mark(encoding: str, end: bytes) -> None:
    read = read_report(TEXT.encode(encoding) + end, "x.txt")
    assert (read.text.strip(), read.encoding) == (TEXT.strip(), encoding)


@pytest.mark.parametrize("end", ["\x1a", "\x00"])
def test_an_end_mark_after_utf_16_is_removed(end: str) -> None:
    assert read_report((TEXT + end).encode("utf-16"), "x.txt").text == TEXT
    assert read_report(TEXT.encode("utf-16-le") + end.encode(), "x.txt").text == TEXT


def test_an_end_mark_before_most_of_the_text_is_refused() -> None:
    with pytest.raises(RejectedFile, match="control character"):
        read_report("松坪镇\x1a".encode() + TEXT.encode() * 2, "x.txt")


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("⼀、主要做法", "一、主要做法"),
        (
            "⼆⼗⼋⼈⽅⾯⼯作⽇常⽉报⾏政⾷品⾦额⼟地⽔⽕⽊⽣⽤",
            "二十八人方面工作日常月报行政食品金额土地水火木生用",
        ),
        (
            "⺠主、⻓期、⻔户、⻋辆、⻢上、⻰头、⻘年、⻩金、⻅证、⻛险",
            "民主、长期、门户、车辆、马上、龙头、青年、黄金、见证、风险",
        ),
        ("\uf9f4\uf967\uf90a\U0002f820", "林不金刻"),
        ("㈠加强学习 ⒈抓落实 ⒛其他", "（一）加强学习 1.抓落实 20.其他"),
        ("①②③ ㎡ ％ ２０％", "①②③ ㎡ ％ 20％"),
        ("调解34\t123件，34  ５６件，98% \t 7件", "调解34 | 123件，34 | 56件，98% | 7件"),
        ("34¹件，12²次，3m²，10⁴人次，约10⁴。", "34件，12次，3㎡，10⁴人次，约10⁴。"),
        (
            "拆违1200m2、30 M³、8m^2，修路12km，管护3km²，5kg；A1m2区，12m/s",
            "拆违1200㎡、30㎥、8㎡，修路12㎞，管护3㎢，5㎏；A1m2区，12m/s",
        ),
        (
            "调解︵含信访︶12件︐罚款1﹐200元﹔3－5次、3‑5次、3−5次、3〜5次",
            "调解（含信访）12件，罚款1，200元；3-5次、3-5次、3-5次、3~5次",
        ),
        ("调解__12__件，培训**3**次，__％", "调解12件，培训3次，__％"),
        ("调解1\u0336\u0308 9\u03362件，3\u0305件", "调解 2件，3件"),
        ("2〇次，1○8件，〇五，二〇二四", "20次，108件，〇五，二〇二四"),
        ("\u202a调解\u202c\u206634\u2069件", "调解34件"),
    ],
)
def test_characters_that_look_alike_become_one(printed: str, read: str) -> None:
    assert normalise_characters(printed) == read


@pytest.mark.parametrize(
    ("table", "read"),
    [
        ("| 项目 | 数量（件） |\n| --- | ---: |\n| 处罚 | 1,234 |", "项目\t数量（件）\n处罚：1,234件。"),
        ("项目\t数量（件）\n处罚\t12", "项目\t数量（件）\n处罚：12件。"),
        (
            "| 文号 | 松政〔2023〕1号 |\n| 日期 | 2023-01-02 |",
            "| 文号 | 松政〔2023〕1号 |\n| 日期 | 2023-01-02 |",
        ),
    ],
    ids=["Markdown", "tabs", "facts of a page"],
)
def test_tables_in_text_files(table: str, read: str) -> None:
    assert text.read(f"前文。\n{table}\n后文。".encode()).text == f"前文。\n{read}\n后文。"


@pytest.mark.parametrize(
    ("line", "is_damaged"),
    [
        ("全年调解\ue003\ue004件", True),
        ("调解\ufffd4件", True),
        ("调解3\ufffd", True),
        ("\ue003 34件", False),
        ("一、做法\n\uf0b73个村", False),
        ("某\ufffd村办结", False),
        ("成功率\ufffd。", True),
        ("调解34件", False),
    ],
)
def test_numbers_with_lost_digits_are_recognised(line: str, is_damaged: bool) -> None:
    assert (find_damaged_number(line) is not None) is is_damaged
