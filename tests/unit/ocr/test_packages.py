"""Word and OFD documents whose pages are pictures are scans; pictures in text documents are not."""

from __future__ import annotations

import io
import zipfile

import docx
import pytest
from docx.shared import Mm
from PIL import Image

from orchestration.pipeline.ingest.files import read_report
from orchestration.pipeline.ocr.packages import read_package_picture
from orchestration.pipeline.ocr.read import MAX_PAGES, read_scan
from orchestration.pipeline.ocr.scans import find_scan
from orchestration.pipeline.ocr.store import StoredPage
from orchestration.pipeline.readers import RejectedFile
from tests.unit.ocr.package_files import ofd_of_pages, word_of_pictures
from tests.unit.ocr.scan_files import encode, page_of, tiff_page

PHOTOGRAPH = Image.linear_gradient("L").resize((800, 900)).convert("RGB")
TITLE = "石桥镇2024年法治政府建设年度报告"
LINES = [TITLE, *["全年召开法治工作专题会议6次，审核规范性文件12件、合同38份。"] * 4]
READ = page_of([("（一）规范执法。办理案件27件，组织执法人员培训4场次。", 2, row) for row in range(3)])


def test_a_word_document_of_pictures_is_a_scan_in_their_order() -> None:
    data = word_of_pictures([tiff_page(1), tiff_page(0)], TITLE)
    scan = find_scan(data)
    assert scan is not None and scan.pages == (0, 1)
    for index, page in enumerate((tiff_page(1), tiff_page(0))):
        with Image.open(io.BytesIO(read_package_picture(data, scan, index))) as picture:
            assert picture.convert("L").tobytes() == page.tobytes()
    read = read_scan(data, scan, dict.fromkeys((0, 1), StoredPage(READ, None)), "1").read
    assert read.text.startswith(TITLE) and read.text.count("培训4场次") == 6


def test_pages_of_an_ofd_that_are_pictures_are_read_among_those_of_text() -> None:
    data = ofd_of_pages([LINES, tiff_page(0), LINES], mark="扫描全能王")
    scan = find_scan(data)
    assert scan is not None and (scan.page_count, scan.pages) == (3, (1,))
    with Image.open(io.BytesIO(read_package_picture(data, scan, 1))) as picture:
        assert picture.convert("L").tobytes() == tiff_page(0).tobytes()
    text = read_scan(data, scan, {1: StoredPage(READ, None)}, "1").read.text
    assert [text.count(words) for words in ("合同38份", "培训4场次")] == [8, 3]
    assert text.index("合同38份") < text.index("培训4场次") < text.rindex("合同38份")


def test_a_picture_that_is_on_its_page_twice_counts_by_the_larger_one() -> None:
    small = b'<ofd:ImageObject Boundary="5 5 20 20" ResourceID="50"/></ofd:Layer>'
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(ofd_of_pages([tiff_page(0)]))) as archive,
        zipfile.ZipFile(changed, "w") as copy,
    ):
        for name in archive.namelist():
            copy.writestr(name, archive.read(name).replace(b"</ofd:Layer>", small))
    scan = find_scan(changed.getvalue())
    assert scan is not None and scan.pages == (0,)


@pytest.mark.parametrize("make", [word_of_pictures, ofd_of_pages])
def test_without_ocr_the_refusal_names_the_command(make: object) -> None:
    data = make([tiff_page(0)])  # type: ignore[operator]
    scan = find_scan(data)
    assert scan is not None
    with pytest.raises(RejectedFile, match="make ocr") as refused:
        read_scan(data, scan, {}, None)
    assert refused.value.code == "scanned"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(word_of_pictures([PHOTOGRAPH], *LINES, kind="JPEG"), id="a photograph beside text"),
        pytest.param(word_of_pictures([tiff_page(0).resize((300, 200))], TITLE), id="an emblem"),
        pytest.param(ofd_of_pages([LINES, LINES]), id="an OFD of text"),
        pytest.param(b"PK\x03\x04 word/media/ OFD.xml", id="a damaged archive"),
    ],
)
def test_other_documents_are_not_scans(data: bytes) -> None:
    assert find_scan(data) is None


def test_picture_pages_among_text_are_read_in_their_places() -> None:
    document = docx.Document()
    for line in LINES:
        document.add_paragraph(line)
    for picture in (PHOTOGRAPH, tiff_page(0)):
        document.add_picture(io.BytesIO(encode(picture, "PNG")), width=Mm(150))
    cell = document.add_table(1, 1).cell(0, 0)
    cell.paragraphs[0].add_run().add_picture(io.BytesIO(encode(tiff_page(1), "PNG")), width=Mm(140))
    document.add_paragraph("二、下一步打算。继续组织培训5场次。")
    buffer = io.BytesIO()
    document.save(buffer)
    scan = find_scan(buffer.getvalue())
    assert scan is not None and (scan.page_count, scan.pages) == (2, (0, 1))
    other = page_of(
        [("（二）化解纠纷。调解纠纷34件，走访群众56户次，群众满意。", 2, row) for row in range(3)]
    )
    pages = {0: StoredPage(READ, None), 1: StoredPage(other, None)}
    text = read_scan(buffer.getvalue(), scan, pages, "1").read.text
    places = [text.index(words) for words in ("合同38份", "培训4场次", "调解纠纷34件", "培训5场次")]
    assert places == sorted(places)
    assert [text.count(words) for words in ("合同38份", "培训4场次", "调解纠纷34件")] == [4, 3, 3]


def test_a_whole_report_with_pictures_of_pages_is_distinguished_from_half_of_one() -> None:
    whole = find_scan(word_of_pictures([tiff_page(0)], *LINES * 5))
    half = find_scan(word_of_pictures([tiff_page(0)], *LINES))
    assert whole is not None and whole.has_report
    assert half is not None and not half.has_report


def test_text_with_a_picture_stays_text() -> None:
    assert "合同38份" in read_report(word_of_pictures([tiff_page(0)], *LINES), "report.docx").text


def test_an_ofd_of_too_many_pictures_is_refused() -> None:
    data = ofd_of_pages([tiff_page(0).resize((60, 80))] * (MAX_PAGES + 1))
    scan = find_scan(data)
    assert scan is not None
    with pytest.raises(RejectedFile, match=f"the limit for OCR is {MAX_PAGES}"):
        read_scan(data, scan, {}, "1")
