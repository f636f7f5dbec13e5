"""A file with reports of several townships or years is refused; letters, lists and annexes do not count."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from orchestration.pipeline.ingest.clean import clean_text
from orchestration.pipeline.ingest.page_words import IngestReference
from orchestration.pipeline.ingest.several import refuse_several_reports
from orchestration.pipeline.readers import ReadText, RejectedFile

BODY = (
    "某镇坚持依法行政，扎实推进法治政府建设，现将有关情况报告如下。",
    "一、主要工作",
    "全年共排查矛盾纠纷34件，调解成功33件，组织法治讲座12场次，接受群众咨询50人次。",
    "加强队伍建设，持续提升依法行政水平，推动法治政府建设再上新台阶。",
)
MINE, YOURS = "松坪镇2024年法治政府建设年度报告", "云岭镇2024年法治政府建设年度报告"
SEVERAL = {
    "two townships": (MINE, *BODY, YOURS, *BODY),
    "numbered": ("一、" + MINE, *BODY, "二、" + YOURS, *BODY),
    "the year first": (
        "2024年松坪镇法治政府建设工作总结",
        *BODY,
        "2024年度云岭镇法治政府建设工作总结",
        *BODY,
    ),
    "the township above its title": (
        *("松坪镇人民政府", "2024年法治政府建设工作情况报告", *BODY),
        *("云岭街道办事处", "2024年法治政府建设工作情况报告", *BODY),
    ),
    "two years": (MINE, *BODY, MINE.replace("2024", "2023"), *BODY),
    "rows of a table": ("标题,正文", f'{MINE},"{BODY[0]}', *BODY[1:], f'{YOURS},"{BODY[0]}', *BODY[1:]),
    "forms": ("松坪镇法治政府建设情况统计表", *BODY, "云岭镇法治政府建设情况统计表", *BODY),
    "three": (MINE, *BODY, YOURS, *BODY, "沙溪乡2024年法治政府建设年度报告（2024年度）", *BODY),
}
ONE = {
    "a letter with it": (f"关于报送《{MINE}》的函", "县司法局：", "请审阅。", MINE, *BODY),
    "its title twice": (MINE, *BODY, MINE, *BODY),
    "its county before its name": ("铜梁区" + MINE, *BODY, MINE, *BODY),
    "a list of others": (MINE, *BODY, "相关报告：", YOURS, "沙溪乡2024年法治政府建设年度报告", "打印本页"),
    "a list above it": (YOURS, "沙溪乡2024年法治政府建设年度报告", MINE, *BODY),
    "an annex of last year": (MINE, *BODY, "松坪镇2023年法治政府建设情况统计表", *BODY),
    "no name": ("各乡镇2024年法治政府建设年度报告", *BODY, MINE, *BODY),
    "a section of last year": (MINE, *BODY, "四、2023年法治督察反馈问题整改情况报告", *BODY),
    "a section of others": (MINE, *BODY, "（三）司法所参与街道法治建设情况汇报", *BODY),
    "a section for each year": (MINE, *BODY, "2023年法治工作总结", *BODY, "2024年法治工作总结", *BODY),
    "other subjects": (MINE, *BODY, "云岭镇2024年安全生产工作报告", *BODY),
}


@pytest.mark.parametrize("kind", SEVERAL)
def test_several_reports_are_refused_by_their_titles(kind: str) -> None:
    with pytest.raises(RejectedFile, match="reports in one file: 《") as refused:
        refuse_several_reports(SEVERAL[kind])
    assert refused.value.code == "several_reports"
    assert refused.value.message.startswith("3" if kind == "three" else "2")


@pytest.mark.parametrize("kind", ONE)
def test_one_report_is_read(kind: str) -> None:
    refuse_several_reports(ONE[kind])


@pytest.mark.parametrize("lines", [SEVERAL["two townships"], ONE["its title twice"]], ids=["two", "one"])
def test_files_are_looked_at_as_they_are_cleaned(lines: Sequence[str], reference: IngestReference) -> None:
    read = ReadText("\n".join(lines), "text/plain", "text/1")
    if lines == ONE["its title twice"]:
        assert clean_text(read, reference).title == MINE
    else:
        with pytest.raises(RejectedFile, match=YOURS):
            clean_text(read, reference)
