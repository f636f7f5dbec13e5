"""Properties that hold for any bytes and any text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from orchestration.pipeline.identify.gazetteer import load_gazetteer
from orchestration.pipeline.identify.stage import identify_report
from orchestration.pipeline.ingest.clean import clean_text
from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.ingest.page_words import load_ingest_reference
from orchestration.pipeline.readers import ReadText, RejectedFile
from orchestration.pipeline.readers.encoding import decode_text
from tests.unit.ingest.readers.report_files import SAVED_AS

REFERENCE = load_ingest_reference(Path(__file__).resolve().parents[3] / "seeds" / "reference")
HAN = "".join(
    bytes((lead, trail)).decode("gb2312") for lead in range(0xB0, 0xD7) for trail in range(0xA1, 0xFF)
)
sentences = st.text(alphabet=HAN + "，、0123456789（）“”", min_size=5, max_size=70).map(
    lambda text: text + "。"
)
lines = st.one_of(
    sentences,
    st.sampled_from(
        ["一、主要举措", "（一）抓学习", "1. 落实责任。", "松坪镇2023年法治政府建设情况报告", "来源：松坪镇", "打印",
         "", "\u3000\u3000全年 学法 12 次", "2024年1月1日", "版权所有", "首页 > 公开", "Wi Fi",
         "关于2023年法治政府建设情况的报告"]
    ),
)  # fmt: skip
texts = st.lists(lines, min_size=1, max_size=25).map("\n".join)
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def clean(text: str) -> str | None:
    try:
        return clean_text(ReadText(text, "text/plain", "text/1"), REFERENCE).text
    except RejectedFile:
        return None


@quick
@given(
    st.one_of(
        st.binary(max_size=400), st.binary(max_size=60).map(lambda tail: "一、法治建设".encode() * 9 + tail)
    )
)
@example(b"%PDF-1.4\n")
@example(b"PK\x03\x04word/document")
@example(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
@example(b"<html><meta charset=utf-7>")
@example(b"MIME-Version: 1.0\nContent-Type: text/html\n\n")
@example(("首页 > " + "政务公开" * 12 + " >").encode())  # only a breadcrumb
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        cleaned = clean_text(read_report(data, "x"), REFERENCE)
    except RejectedFile as refused:
        assert refused.message
    else:
        assert cleaned.text.strip()


@quick
@given(st.data())
def test_files_damaged_anywhere_are_read_or_refused(data: st.DataObject) -> None:
    kind = data.draw(st.sampled_from(["docx", "mht", "html", "pdf"]))
    whole = bytearray(_SAVED[kind])
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=8)):
        whole[at] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.integers(0, len(whole)))
    try:
        read_report(bytes(whole[:cut] if data.draw(st.booleans()) else whole), "x")
    except RejectedFile as refused:
        assert refused.message


_SAVED = {
    kind: SAVED_AS[kind]("松坪镇2023年法治政府建设情况报告\n" + "全年推进依法行政工作。" * 9)
    for kind in SAVED_AS
}


@quick
@given(
    st.text(alphabet=HAN, min_size=30, max_size=200),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16"]),
)
def test_decoding_never_changes_a_character(text: str, encoding: str) -> None:
    assert decode_text(text.encode(encoding))[0] == text


@quick
@given(texts)
def test_cleaning_clean_text_changes_nothing(text: str) -> None:
    once = clean(text)
    # A text of only signs may be too short the second time; no line is changed.
    assert once is None or clean(once) in (None, once)


@quick
@given(st.lists(sentences, min_size=1, max_size=12))
def test_no_sentence_is_ever_lost(found: list[str]) -> None:
    body = ["全年推进依法行政工作，法治政府建设各项任务如期完成。", *found]
    text = clean("松坪镇2023年法治政府建设情况报告\n来源：松坪镇\n" + "\n".join(body) + "\n版权所有")
    squeezed = re.sub(r"\s", "", text or "")
    assert all(re.sub(r"\s", "", sentence) in squeezed for sentence in body)


@quick
@given(texts, st.text(max_size=40))
def test_identity_is_found_or_left_open_for_any_text(text: str, path: str) -> None:
    try:
        cleaned = clean_text(ReadText(text, "text/plain", "text/1"), REFERENCE)
    except RejectedFile:
        return
    found = identify_report(
        cleaned, report_id="0", source_path=path, side_metadata=None, gazetteer=load_gazetteer()
    )
    assert (found.resolution == "ambiguous") is (found.candidates is not None)
    assert found.township_key is None or found.county_code is not None


@pytest.mark.parametrize("kind", ["docx", "pdf", "html", "mht"])
def test_the_undamaged_files_are_read(kind: str) -> None:
    assert "松坪镇" in read_report(_SAVED[kind], "x").text
