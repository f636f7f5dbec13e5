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
    "without years": (
        *("松坪镇法治政府建设工作总结", *BODY),
        *("云岭街道办事处关于法治政府建设工作总结", *BODY),
    ),
    "other subjects without years": (
        *("松坪镇法治政府建设工作总结", *BODY),
        *("云岭镇依法行政工作情况报告", *BODY),
    ),
    "only one with its year": (MINE, *BODY, "云岭镇人民政府法治政府建设年度报告", *BODY),
    "a body beside each title": ("标题,正文", f"{MINE},{''.join(BODY)}", f"{YOURS},{''.join(BODY)}"),
    "two drafts": (MINE, *BODY, MINE, BODY[0], BODY[1], BODY[2].replace("34", "36"), BODY[3]),
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
    "a teaser of another": (MINE, *BODY, YOURS, "".join(BODY)),
    "a heading on villages": (MINE, *BODY, "2024年法治乡村建设情况报告", *BODY),
    "a heading on towns": (MINE, *BODY, "2024年推进城乡普法工作情况报告", *BODY),
    "a heading on some towns": (MINE, *BODY, "2024年经济发达镇行政执法情况报告", *BODY),
    "a heading on visits": (MINE, *BODY, "2024年送法下乡普法工作总结", *BODY),
    "a heading without a year": (MINE, *BODY, "返乡人员法治宣传情况汇报", *BODY),
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


def test_links_below_a_report_are_no_reports(reference: IngestReference) -> None:
    owner = "版权所有：某县人民政府办公室。主办：某县人民政府。未经授权不得转载本网站所有内容。"
    support = "技术支持：某县融媒体中心。联系电话：0830-1234567。违反上述声明者将被依法追究相关法律责任。"
    text = "\n".join((MINE, *BODY, "上一篇：", YOURS, owner, support))
    assert YOURS not in clean_text(ReadText(text, "text/html", "html/1"), reference).text
