"""What cleaning removes, what it joins, and what it must never touch."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import pytest

from orchestration.pipeline.ingest.clean import CleanText
from orchestration.pipeline.readers import RejectedFile

Clean = Callable[[str], CleanText]

TITLE = "松坪镇2023年法治政府建设情况报告"
BODY = (
    "2023年，松坪镇坚持依法行政，推进法治政府建设。\n一、主要举措和成效\n全年组织学法12次，参加干部360人次。"
)


def test_header_table_becomes_fields_and_goes(clean: Clean) -> None:
    found = clean(
        "当前位置:首页>政务公开>法治政府建设年度报告\n[ 索引号 ]AB12/2024-01 [ 发文字号 ] "
        "[ 发布机构 ]松坪镇 "
        f"[ 成文日期 ]2024-01-15 [ 发布日期 ]2024-01-20 [ 有效性 ]\n{TITLE}\n"
        f"日期:2024-01-21\n字体：[大 中 小]\n语音播报\n{BODY}"
    )
    assert found.text == f"{TITLE}\n{BODY}"
    assert dict(found.fields) == {
        "breadcrumb": "当前位置:首页>政务公开>法治政府建设年度报告",
        "index_number": "AB12/2024-01",
        "issuer": "松坪镇",
        "document_date": "2024-01-15",
        "published_on": "2024-01-20",
    }


@pytest.mark.parametrize(
    ("header", "field", "value"),
    [
        ("索 引 号：\nX-7\n发布机构：\n松坪镇", "index_number", "X-7"),
        ("• 发布日期: 2024-02-03", "published_on", "2024-02-03"),
        ("发布时间：2024-02-03 09:18 来源：松坪镇 浏览次数：3", "source", "松坪镇"),
        ("| 文号 | | 发布机构： | 松坪镇 |", "issuer", "松坪镇"),
        ("文 号：松政发〔2024〕3号", "document_number", "松政发〔2024〕3号"),
        ("馆藏号：SP-2024-003 公开属性：主动公开 发布日期：2024-02-03", "published_on", "2024-02-03"),
    ],
)
def test_labelled_facts_in_other_shapes(clean: Clean, header: str, field: str, value: str) -> None:
    found = clean(f"{header}\n{TITLE}\n{BODY}")
    assert found.fields[field] == value
    assert found.text == f"{TITLE}\n{BODY}"


def test_footer_goes_but_signature_and_date_stay(clean: Clean) -> None:
    tail = "扫一扫在手机打开当前页\n返回主站\n部门街镇\n政务新媒体\n收起\n主办单位：某县人民政府 ICP备0000号"
    found = clean(f"{TITLE}\n{BODY}\n松坪镇人民政府\n2024年1月15日\n{tail}")
    assert found.text == f"{TITLE}\n{BODY}\n松坪镇人民政府\n2024年1月15日"
    assert "返回主站" in found.footer


@pytest.mark.parametrize("mark", ["分享到：", "发布日期：2024-01-10", "浏览次数：34次"])
def test_headlines_after_the_footer_are_removed(clean: Clean, mark: str) -> None:
    menu = "青山镇调解纠纷120件\n某县通报5起典型案例\n今日访问12人"
    assert clean(f"{TITLE}\n{BODY}\n{mark}\n{menu}").text == f"{TITLE}\n{BODY}"


def test_rows_below_the_reporting_unit_of_a_form_stay(clean: Clean) -> None:
    rows = "填报单位：松坪镇\n面积：12平方公里\n信访：8件"
    assert clean(f"{TITLE}\n{BODY}\n{rows}").text == f"{TITLE}\n{BODY}\n{rows}"


@pytest.mark.parametrize(
    "last",
    ["承办县人大代表建议5件、政协提案2件，全部办复。", "协办普法集市3场。", "主办法治晚会1场，观众600人。"],
)
def test_a_last_sentence_that_begins_like_an_imprint_stays(clean: Clean, last: str) -> None:
    assert clean(f"{TITLE}\n{BODY}\n{last}").text == f"{TITLE}\n{BODY}\n{last}"


@pytest.mark.parametrize(
    "imprint", ["主办：某县人民政府", "承办 某县政务服务中心", "主办某县人民政府办公室 承办某县融媒体中心"]
)
def test_an_imprint_goes(clean: Clean, imprint: str) -> None:
    assert clean(f"{TITLE}\n{BODY}\n{imprint}").text == f"{TITLE}\n{BODY}"


@pytest.mark.parametrize(
    "after",
    [
        "热点新闻\n我县新增企业99家",
        "猜你喜欢\n2023年全县处罚99件",
        "网友评论（2条）\n张三 2025-02-01 说：应该培训99次",
        "附件：1.松坪镇行政处罚99件明细.docx（12KB，下载56次）",
        "共3页 第1页 首页 上一页 1 2 3 下一页 尾页 转到第3页",
        "喜欢此内容的人还喜欢\n云岭镇调解纠纷99件",
        "访问统计\n今日访问99人次，累计访问999人次\n收到信件99件，办结98件",
    ],
)
def test_what_a_site_adds_below_a_report_goes(clean: Clean, after: str) -> None:
    assert clean(f"{TITLE}\n{BODY}\n{after}").text == f"{TITLE}\n{BODY}"


@pytest.mark.parametrize(
    ("items", "read"),
    [
        (
            ["1.26场次讲座。", "2.63次检查。", "3.19件处罚。"],
            ["1. 26场次讲座。", "2. 63次检查。", "3. 19件处罚。"],
        ),
        (["1.组织讲座。", "2.63次检查。"], ["1.组织讲座。", "2. 63次检查。"]),
        (["1.5万元用于普法。", "2.8万元用于调解。"], ["1.5万元用于普法。", "2.8万元用于调解。"]),
        (["3.19万元用于普法。", "4.组织讲座。"], ["3.19万元用于普法。", "4.组织讲座。"]),
        (
            ["1.5万元用于普法", "2.6万元用于调解", "3.2万元用于培训"],
            ["1.5万元用于普法", "2.6万元用于调解", "3.2万元用于培训"],
        ),
        (["1.组织讲座。", "2.5万元用于普法。"], ["1.组织讲座。", "2.5万元用于普法。"]),
    ],
)
def test_the_number_of_an_item_is_apart_from_a_figure(
    clean: Clean, items: list[str], read: list[str]
) -> None:
    assert clean("\n".join([TITLE, BODY, *items])).text.split("\n")[-len(read) :] == read


@pytest.mark.parametrize("notice", ["（仅展示部分内容，点击下载全文）", "登录后阅读全文"])
def test_the_beginning_of_a_report_is_refused(clean: Clean, notice: str) -> None:
    with pytest.raises(RejectedFile, match="节选") as refused:
        clean(f"{TITLE}\n{BODY}\n全年调解纠纷34件，培训……\n{notice}")
    assert refused.value.code == "truncated"
    assert clean(f"{TITLE}\n{BODY}\n{notice}").text.startswith(TITLE)
    assert clean(f"{TITLE}\n{BODY}\n附件：{TITLE[:12]}…\n{notice}").text.startswith(TITLE)


@pytest.mark.parametrize("begins", ["（二）开展法治宣传。", "三、存在问题"])
def test_a_later_part_of_a_report_is_refused(clean: Clean, begins: str) -> None:
    with pytest.raises(RejectedFile, match="下半部分") as refused:
        clean(f"{begins}\n全年组织法治讲座26场次，接受群众咨询517人次。\n松坪镇人民政府")
    assert refused.value.code == "truncated"
    assert clean(f"{TITLE}\n{begins}\n全年组织法治讲座26场次，接受群众咨询517人次。").text.startswith(TITLE)


@pytest.mark.parametrize("letterhead", ["松坪镇人民政府文件", "松坪镇人民政府办公室文件"])
def test_the_office_of_a_letterhead_is_the_issuer(clean: Clean, letterhead: str) -> None:
    assert clean(f"{letterhead}\n松政发〔2025〕3号\n{TITLE}\n{BODY}").fields["issuer"] == "松坪镇人民政府"


def test_title_over_two_lines_and_repeated_is_one(clean: Clean) -> None:
    found = clean(
        "松坪镇人民政府关于2023年法治政府建设情况的报告\n\n松坪镇人民政府\n\n关于2023年法治政府建设情况的报告\n"
        + BODY
    )
    assert found.title == "松坪镇人民政府关于2023年法治政府建设情况的报告"
    assert found.text == f"{found.title}\n{BODY}"


@pytest.mark.parametrize(
    ("printed", "wanted"),
    [
        ("2023 年，全镇有 13 个村、95.7 %。", "2023年，全镇有13个村、95.7%。"),
        ("２０２３年调解\u3000４８\u2002件ＡＢ。", "2023年调解48件AB。"),
        ("1. 落实责任。２. 压实\xa0责任。", "1.落实责任。2.压实责任。"),
        ("2 0 2 3 年\u200b工作。", "2023年工作。"),
        ("比率达99.16％。", "比率达99.16％。"),
        ("Wi Fi 与 LED 屏 3 块。", "Wi Fi与LED屏3块。"),
    ],
)
def test_spaces_and_wide_characters(clean: Clean, printed: str, wanted: str) -> None:
    assert clean(f"{TITLE}\n{BODY}\n{printed}").text.split("\n")[-1] == wanted


@pytest.mark.parametrize(
    ("first", "second", "joined"),
    [
        ("（一）我镇通过试点。以点带面，在全镇", "稳步推进创建工作。", True),
        ("抓好组织领导，", "压实各方责任。", True),
        ("一、基本情况", "全年学法12次。", False),
        ("（一）加强领导，推进法治政府建设", "我镇成立领导小组。", False),
        ("共办理案件7件", "（二）加强监督。", False),
        ("加强组织领导", "我镇成立领导小组。", False),
        ("全年平稳。", "下一步抓好落实。", False),
        ("全年调解纠纷12", "件，培训3次。", True),
        ("全年开展培训3次，发放资料12", "345份，办结信访5件。", True),
        ("全镇群众满意率达到98", ".5%，比上年高。", True),
        ("全年培训3次，发放资料12", "2024年，信访5件。", False),
        ("行政处罚12", "34件", False),
        ("全年调解纠纷1", "23件，培训3次。", True),
        ("全年罚款1,2", "34元，处罚5件。", True),
        ("全年争取资金3.5", "万元，培训3次。", True),
        ("全年调解纠纷一百二", "十三件，培训3次。", True),
        ("深入学习党的二", "十大报告，培训3次。", False),
        ("全年培训3次，发放资料12", "3件纠纷已调解。", False),
        ("全年培训3次，作出行政处罚", "35件，办结信访5件。", True),
        ("一、压实责任，作出处罚", "35件，办结信访5件。", False),
        ("作出行政处罚", "35件", False),
    ],
)
def test_only_broken_sentences_are_joined(clean: Clean, first: str, second: str, joined: bool) -> None:
    text = clean(f"{TITLE}\n{BODY}\n{first}\n\n{second}\n完毕。").text
    assert (first + second in text) is joined
    assert (f"{first}\n{second}" in text) is not joined


@pytest.mark.parametrize(
    "lines",
    [
        [
            "落实“三重一大”制度，（一）抓实学习",
            "”八五”普法有序开展，全年宣传12场。",
        ],  # ” typed for “
        ["抓实学习", "）全年宣传12场。"],
    ],
)
def test_a_closing_mark_without_an_opening_one_does_not_join_lines(clean: Clean, lines: list[str]) -> None:
    assert clean("\n".join([TITLE, BODY, "一、抓学习", *lines])).text.endswith("\n".join(lines))


def test_a_line_that_closes_an_open_quotation_is_joined(clean: Clean) -> None:
    text = clean(f"{TITLE}\n{BODY}\n一、抓实“三重一大\n”制度，全年研究12次。").text
    assert text.endswith("一、抓实“三重一大”制度，全年研究12次。")


def test_rows_that_are_sentences_are_no_wrapped_text(clean: Clean) -> None:
    rows = [f"{month}月：排查矛盾纠纷{month + 20}件，行政处罚{month}件。" for month in range(1, 13)]
    table = ["月份排查矛盾纠纷（件）行政处罚（件）", *rows]
    assert clean("\n".join([TITLE, *table])).text.split("\n")[1:] == table


def test_wrapped_text_is_unwrapped_by_its_width(clean: Clean) -> None:
    whole = "松坪镇坚持把学习贯彻放在首位压实主体责任推动各项工作取得新的进展和明显成效" * 6 + "。"
    wrapped = "\n".join(("\u3000\u3000" + whole)[at : at + 28] for at in range(0, len(whole) + 2, 28))
    text = clean(f"{TITLE}\n{wrapped}\n\u3000\u3000一、抓学习\n{wrapped}").text
    assert text.split("\n") == [TITLE, whole, "一、抓学习", whole]


def test_traditional_mirror_is_converted_and_kept(clean: Clean) -> None:
    source = (
        "柳河鎮(zhèn)2023年法治政府建設情況報告\n"
        "2023年,柳河鎮圍繞依法行政抓落實,為鄉(xiāng)村發展開展執法檢查25次。"
    )
    found = clean(source)
    assert found.text.split("\n")[0] == "柳河镇2023年法治政府建设情况报告"
    assert "为乡村发展开展执法检查25次" in found.text
    assert found.original_text is not None
    assert "鄉(xiāng)村" in found.original_text


def test_prose_above_the_title_is_not_lost(clean: Clean) -> None:
    prose = (
        "按照上级部署，松坪镇认真开展自查，现将本镇一年来落实法治建设各项任务的具体情况、"
        "主要问题和下一步打算向社会公开，请监督。"
    )
    assert prose in clean(f"{prose}\n{TITLE}\n{BODY}").text


def test_instructions_of_a_form_above_the_title_go(clean: Clean) -> None:
    example = "填写说明：1.本表由各乡镇填写。\n2.示例：共排查纠纷99件。"
    assert clean(f"{example}\n{TITLE}\n{BODY}").text == f"{TITLE}\n{BODY}"


@pytest.mark.parametrize("words", ["（注：以上数据为示例，请替换。）", "文中数字均为虚构。"])
def test_figures_that_are_examples_are_refused(clean: Clean, words: str) -> None:
    with pytest.raises(RejectedFile, match="示例数据") as refused:
        clean(f"{TITLE}\n{BODY}\n{words}")
    assert refused.value.code == "not_a_report_text"
    assert clean(f"{TITLE}\n{BODY}\n以上数据由司法所提供。").text.startswith(TITLE)


def test_a_sentence_with_words_of_chrome_stays(clean: Clean) -> None:
    sentence = "打印宣传单3000份，分享典型案例12个，关闭违规场所2处。"
    assert sentence in clean(f"{TITLE}\n{BODY}\n{sentence}").text


def test_page_without_title_takes_it_from_the_fields(clean: Clean) -> None:
    assert clean(f"名 称: {TITLE}\n{BODY}").title == TITLE


def test_a_page_with_a_title_and_an_attachment_is_refused(clean: Clean) -> None:
    page = f"您当前的位置：首页>政府信息公开目录>法治政府建设年度报告\n{TITLE}\n来源：松坪镇\n附件下载"
    with pytest.raises(RejectedFile, match="Chinese characters besides title and page furniture"):
        clean(page)


@pytest.mark.parametrize("ending", ["报告", "总结及2025年工作计划"])
def test_a_date_on_the_titles_line_is_not_part_of_the_title(clean: Clean, ending: str) -> None:
    found = clean(f"松坪镇2024年法治政府建设工作{ending} 2025-02-22\n{BODY}")
    assert (found.title, found.fields["subtitle_date"]) == (
        f"松坪镇2024年法治政府建设工作{ending}",
        "2025-02-22",
    )


@pytest.mark.parametrize(
    "line",
    [
        "某县人民政府 发布时间:2025-03-03 09:36",
        "- 发布日期:2025-03-03",
        "-发布日期2025-03-03",
        "来源:甲镇 发布时间：2025年3月3日 访问次数:12",
    ],
    ids=["site first", "bullet", "no colon", "source first"],
)
def test_the_publication_date_is_found_after_other_words(
    clean: Callable[[str], CleanText], line: str
) -> None:
    body = "2024年，甲镇推进法治政府建设，取得了新的成效。\n一、主要成效\n全年调解纠纷12件。"
    text = f"甲镇2024年法治政府建设报告\n{line}\n{body}"
    cleaned = clean(text)
    assert "发布" not in cleaned.text
    assert "3" in cleaned.fields["published_on"]


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        ("松坪镇人民政府\n发布时间：2025-03-03", ["松坪镇人民政府"]),
        ("县政府：\n发布时间：2025-03-03", ["县政府：", "发布时间：2025-03-03"]),
        ("工作开展顺利。\n发布时间：2025-03-03", ["工作开展顺利。", "发布时间：2025-03-03"]),
    ],
    ids=["office", "whom it is for", "prose"],
)
def test_an_office_between_title_and_date_does_not_end_the_head(
    clean: Clean, lines: str, kept: list[str]
) -> None:
    assert clean(f"{TITLE}\n{lines}\n{BODY}").text == "\n".join([TITLE, *kept, BODY])


@pytest.mark.parametrize(
    ("printed", "read"),
    [
        ("调 解 纠 纷 3 4 件 ， 走 访 5 6 7 户 。", "调解纠纷34件，走访567户。"),
        ("化解率 9 8 . 5 % ，全部办结。", "化解率98.5%，全部办结。"),
        ("走访1 567户。", "走访1 567户。"),
        ("满意率 98. 5 %，投入3 .5万元，资料1, 234份。", "满意率98.5%，投入3.5万元，资料1,234份。"),
        ("同类问题12, 234项；见1. 5万元。", "同类问题12, 234项；见1.5万元。"),
        ("投入1, 234, 567元，98·5%的“12·4”活动。", "投入1,234,567元，98.5%的“12·4”活动。"),
        ("1. 5件事项已办结。", "1. 5件事项已办结。"),
        ("第3组 2户。", "第3组2户。"),
        ("调解__34__件，走访＿567＿户，普法________ 8 ________场。", "调解34件，走访567户，普法8场。"),
    ],
)
def test_digits_separated_by_blanks_are_one_number(clean: Clean, printed: str, read: str) -> None:
    assert clean(f"{TITLE}\n{BODY}\n{printed}").text.split("\n")[-1] == read


def test_contents_and_page_numbers_of_an_article_go(clean: Clean) -> None:
    contents = "目 录\n一、主要举措和成效……………………1\n二、存在的不足...............3"
    assert clean(f"{TITLE}\n{contents}\n{BODY}\n上一页 1 2 3 下一页 共3页").text == f"{TITLE}\n{BODY}"


@pytest.mark.parametrize(
    ("line", "character", "most"),
    [("下一页 {}.html", "1", 28), ("|{}表", "-", 2_400)],
    ids=["digits", "rule"],
)
def test_a_line_that_is_nearly_chrome_is_read_at_once(
    clean: Clean, line: str, character: str, most: int
) -> None:
    def measure(length: int) -> float:
        start = process_time()
        assert "学法12次" in clean(f"{TITLE}\n{BODY}\n{line.format(character * length)}").text
        return process_time() - start

    # Eight times the length: with backtracking, digits would take 2 ** 24 times as long and a rule 512 times.
    part, whole = (min(measure(length) for _ in range(3)) for length in (most // 8, most))
    assert whole < 24 * part


@pytest.mark.parametrize(
    "notice",
    [
        "404\n抱歉，您访问的页面不存在或者已经删除，请返回首页或者联系网站管理员。\n5秒后自动跳转到首页。",
        "您还没有登录，请先登录后再查看内容。用户名密码验证码，连续输错5次将锁定30分钟。",
    ],
)
def test_a_notice_is_not_a_report(clean: Clean, notice: str) -> None:
    with pytest.raises(RejectedFile, match="a notice, not a report") as refused:
        clean(notice)
    assert refused.value.code == "not_a_report_text"
