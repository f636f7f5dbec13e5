"""E-mails and web archives as programs write them: plain text, other encodings, missing headers."""

from __future__ import annotations

import binascii
import codecs
import html
import quopri
from email.message import EmailMessage
from pathlib import Path

import pytest

from orchestration.pipeline.ingest.clean import clean_text
from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.ingest.page_words import load_ingest_reference
from orchestration.pipeline.readers import RejectedFile
from orchestration.pipeline.readers.mail import reader as mht

ROOT = Path(__file__).resolve().parents[5]
TITLE = "松坪镇2023年法治政府建设年度报告"
TEXT = f"{TITLE}\n一、主要做法\n全年调解纠纷34件，群众满意。\n"
PAGE = f"<p>{TITLE}</p><p>一、主要做法</p><p>全年调解纠纷34件，群众满意。</p>"


def mail(text: str, subtype: str = "plain", **how: str) -> bytes:
    message = EmailMessage()
    message["Subject"], message["MIME-Version"] = "报送", "1.0"
    message.set_content(text, subtype=subtype, **how)
    return message.as_bytes()


BARE = b"From: a@b.cn\r\nContent-Type: text/html; charset=gb2312\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
FLOWED = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8; format=flowed\r\n\r\n"
MAILS = {
    "plain": mail(TEXT),
    "GBK in quoted-printable": mail(TEXT, charset="gb2312", cte="quoted-printable"),
    "GB18030 in base64": mail(TEXT, charset="gb18030", cte="base64"),
    "a page": mail(PAGE, "html", charset="gbk", cte="quoted-printable"),
    "a page whose charset is wrong": mail(PAGE, "html", cte="base64").replace(b"utf-8", b"gb2312"),
    "mark first": codecs.BOM_UTF8 + mail(PAGE, "html", cte="quoted-printable"),
    "no version": BARE + quopri.encodestring(PAGE.encode("gbk")),
    "lines that flow": FLOWED + TEXT.replace("调解", "调 \r\n解").encode(),
}


@pytest.mark.parametrize("kind", MAILS)
def test_a_mail_is_its_text(kind: str) -> None:
    read = read_report(MAILS[kind], "x.eml")
    lines = [line.replace("调 解", "调解") for line in read.text.split("\n") if line.strip()]
    assert (read.reader.split("/")[0], lines) == ("mht", TEXT.strip().split("\n"))


def test_lines_that_flow_within_words_are_joined_without_a_space() -> None:
    flowed = FLOWED.replace(b"flowed", b"flowed; delsp=yes") + TEXT.replace("34", "3 \r\n4").encode()
    assert read_report(flowed, "x.eml").text.strip() == TEXT.strip()


def test_a_file_within_the_text_is_named() -> None:
    lines = b"".join(binascii.b2a_uu(bytes(range(45))) for _ in range(30))
    text = (
        "随信报送2023年法治政府建设年度报告，请查收。\n\nbegin 644 report.docx\n".encode()
        + lines
        + b"`\nend\n"
    )
    read = mht.read(b"MIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n" + text)
    assert (read.text.strip(), read.links) == (
        "随信报送2023年法治政府建设年度报告，请查收。",
        ("report.docx <in the message>",),
    )


COVER = "区司法局：现将我镇年度报告报送贵局，请查收附件。"


def send(body: str, files: dict[str, bytes], subtype: str = "plain") -> bytes:
    message = EmailMessage()
    message["Subject"], message["MIME-Version"] = "报送", "1.0"
    if body:
        message.set_content(body, subtype=subtype)
    for name, data in files.items():
        kind = ("image", "png") if name.endswith(".png") else ("application", "octet-stream")
        message.add_attachment(data, maintype=kind[0], subtype=kind[1], filename=name)
    return message.as_bytes()


PAGE_FILE = PAGE.encode()
SENT = {
    "with a cover": send(COVER, {"清溪镇报告.html": PAGE_FILE}),
    "with a page as cover": send(f"<p>{COVER}</p>", {"清溪镇报告.html": PAGE_FILE}, "html"),
    "without a word": send("", {"清溪镇报告.html": PAGE_FILE}),
    "beside a picture": send(COVER, {"清溪镇报告.HTML": PAGE_FILE, "签名.png": b"\x89PNG"}),
}


@pytest.mark.parametrize("kind", SENT)
def test_the_only_document_of_a_cover_letter_is_the_report(kind: str) -> None:
    read = read_report(SENT[kind], "x.eml")
    assert (read.media_type, [part.split("/")[0] for part in read.reader.split("+")]) == (
        "message/rfc822" if "page" not in kind else "multipart/related",
        ["mht", "html"],
    )
    assert "调解纠纷34件" in read.text
    assert "请查收" not in read.text


def test_a_report_in_the_mail_counts_before_its_attachment() -> None:
    read = read_report(send(f"{REPORT}\n{EARLIER}", {"旧稿.html": PAGE_FILE}), "x.eml")
    assert read.reader.startswith("mht/")
    assert "+" not in read.reader


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"上.html": PAGE_FILE, "下.html": PAGE_FILE}, "上.html"),
        ({"报告.zip": b"PK\x03\x04"}, "报告.zip"),
        ({"报告.docx": b"PK\x03\x04 broken"}, "报告.docx <in the message>"),
        ({"报告.doc": send(COVER, {"清溪镇报告.html": PAGE_FILE})}, "清溪镇报告.html"),
    ],
)
def test_other_attachments_have_to_be_saved(files: dict[str, bytes], said: str) -> None:
    with pytest.raises(RejectedFile, match="attachment_only") as refused:
        clean_text(
            read_report(send(COVER, files), "x.eml"), load_ingest_reference(ROOT / "seeds" / "reference")
        )
    assert said in refused.value.message


def test_an_invalid_charset_name_does_no_harm() -> None:
    odd = b'MIME-Version: 1.0\nContent-Type: text/plain; charset="utf\x00-8"\n\n' + TEXT.encode()
    assert "调解纠纷34件" in read_report(odd, "x.eml").text


def test_the_page_counts_where_a_mail_has_both() -> None:
    message = EmailMessage()
    message["MIME-Version"] = "1.0"
    message.set_content("旧稿：全年调解纠纷99件。")
    message.add_alternative(PAGE, subtype="html")
    assert "99" not in read_report(message.as_bytes(), "x.eml").text


def test_a_page_within_a_mail_that_was_passed_on_is_read() -> None:
    inner = EmailMessage()
    inner["Subject"], inner["MIME-Version"] = "报送", "1.0"
    inner.set_content(PAGE, subtype="html")
    outer = EmailMessage()
    outer["MIME-Version"] = "1.0"
    outer.set_content("请查收。")
    outer.add_attachment(inner)
    assert "调解纠纷34件" in read_report(outer.as_bytes(), "x.eml").text


def test_a_text_that_begins_like_headers_is_a_text() -> None:
    text = f"标题: {TITLE}\nContent-Type: 说明\n\n{TEXT}"
    assert read_report(text.encode(), "x.txt").reader.startswith("text/")


REPORT = "\n".join(
    [
        TITLE,
        "一、主要做法",
        *(f"{n}月，组织干部集中学习法律法规，调解纠纷34件，群众满意。" for n in "一二三四五六"),
    ]
)
EARLIER = REPORT.replace("34", "99")
ANSWERS = {
    "a line above it": f"{REPORT}\n\n------------------ 原始邮件 ------------------\n发件人: 某镇\n{EARLIER}",
    "who wrote": f"{REPORT}\n\n在 2025-01-10 10:12:33，“某镇” <a@b.cn> 写道：\n{EARLIER}",
    "quoted": REPORT + "\n" + "\n".join("> " + line for line in EARLIER.split("\n")),
}


@pytest.mark.parametrize("kind", ANSWERS)
@pytest.mark.parametrize("subtype", ["plain", "html"])
def test_the_quoted_earlier_version_is_not_read(kind: str, subtype: str) -> None:
    text = ANSWERS[kind]
    if subtype == "html":
        text = "".join(f"<p>{html.escape(line)}</p>" for line in text.split("\n"))
    read = read_report(mail(text, subtype), "x.eml")
    assert [line for line in read.text.split("\n") if line.strip()] == REPORT.split("\n")


def test_a_report_that_was_only_passed_on_is_read() -> None:
    text = f"请查收。\n------------------ 原始邮件 ------------------\n{REPORT}"
    assert REPORT in read_report(mail(text), "x.eml").text
    letter = "现将报告转发给你们，请认真学习，结合实际抓好落实，有关情况及时报送。" * 5
    assert REPORT in read_report(mail(text.replace("请查收。", letter)), "x.eml").text
    assert (
        REPORT * 3
        in read_report(mail(text.replace("请查收。", letter).replace(REPORT, REPORT * 3)), "x.eml").text
    )


@pytest.mark.parametrize("disposition", ["inline", "", "attachment"])
def test_files_are_named_whatever_a_program_calls_them(disposition: str) -> None:
    message = EmailMessage()
    message["MIME-Version"] = "1.0"
    message.set_content("您好，请查收。")
    message.add_attachment(b"PK", maintype="application", subtype="octet-stream", filename="松坪镇.docx")
    part = message.get_payload(1)
    assert isinstance(part, EmailMessage)
    del part["Content-Disposition"]
    if disposition:
        part["Content-Disposition"] = disposition
    part.set_param("name", "松坪镇.docx")
    with pytest.raises(RejectedFile, match=r"松坪镇\.docx") as refused:
        read_report(message.as_bytes(), "x.eml")
    assert refused.value.code == "attachment_only"


def test_a_summary_of_an_attached_report_leads_to_it() -> None:
    message = EmailMessage()
    message.set_content(f"{TEXT}\n一、主要成效\n全年培训3次。\n（详细情况见附件）")
    message.add_attachment(b"PK", maintype="application", subtype="zip", filename="report.docx")
    with pytest.raises(RejectedFile, match=r"summary.*report\.docx") as refused:
        clean_text(
            read_report(message.as_bytes(), "x.eml"), load_ingest_reference(ROOT / "seeds" / "reference")
        )
    assert refused.value.code == "attachment_only"


def test_a_report_with_a_table_attached_is_read() -> None:
    message = EmailMessage()
    message.set_content(f"{TEXT}\n一、主要成效\n全年培训3次（具体数据见附表）。")
    message.add_attachment(b"PK", maintype="application", subtype="zip", filename="table.xlsx")
    read = read_report(message.as_bytes(), "x.eml")
    assert "全年培训3次" in clean_text(read, load_ingest_reference(ROOT / "seeds" / "reference")).text


def test_a_piece_of_a_mail_is_refused() -> None:
    head = b'MIME-Version: 1.0\nContent-Type: message/partial; id="1"; number=1; total=2\n\n'
    with pytest.raises(RejectedFile, match="piece 1") as refused:
        read_report(head + TEXT.encode(), "x.eml")
    assert refused.value.code == "truncated"


def test_a_mailbox_of_one_mail_is_read_and_one_of_several_refused() -> None:
    first = b"From a@b.cn Wed Jan 15 10:00:00 2025\n"
    assert TITLE in read_report(first + mail(TEXT), "x.mbox").text
    with pytest.raises(RejectedFile, match="mbox"):
        read_report(first + mail(TEXT) + b"\n" + first + mail(TEXT), "x.mbox")


@pytest.mark.parametrize(("kind", "code"), [("enveloped-data", "encrypted"), ("signed-data", "unsupported")])
def test_mails_that_only_their_programs_open_are_named(kind: str, code: str) -> None:
    head = f"MIME-Version: 1.0\nContent-Type: application/pkcs7-mime; smime-type={kind}; name=smime.p7m\n\n"
    with pytest.raises(RejectedFile, match="e-mail") as refused:
        read_report(head.encode() + b"AAAA", "smime.p7m")
    assert refused.value.code == code


def test_a_message_of_apple_mail_ends_where_it_says() -> None:
    message = mail(TEXT)
    data = b"%d  \n" % len(message) + message + b"<plist><dict><integer>99</integer></dict></plist>"
    assert read_report(data, "1.emlx").text == TEXT
