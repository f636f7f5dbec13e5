"""Refuse pages without the report: those that only link to it, those drawn by scripts, and notices."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from orchestration.pipeline.chinese import FIRST_MARK, ORDINAL, SECOND_MARK, count_han
from orchestration.pipeline.ingest.line_shapes import STARTS_ITEM
from orchestration.pipeline.readers import RejectedFile

_MAX_HAN = 120  # of a page's words about its attachment
_MIN_REPORT_HAN = 600  # of the shortest report seen
_IN_MESSAGE = " <in the message>"  # behind the names of files attached to an e-mail
_SEE_FILE = re.compile(
    r"""
    (?: 详细 | 具体 | 全文 | 正文 | 报告 | 全部 | 完整 | 详情 )
    (?: (?! 数据 | 统计 | 指标 | 台账 ) [^。；，] ){0,14} 见附 [件表]      # e.g. 详细情况见附件; not 具体数据见附表
    | 详见附 [件表]
    """,
    re.VERBOSE,
)
_NUMBERED_HEADING = re.compile(rf"{FIRST_MARK}|{SECOND_MARK}")
# 集中学法：12次, 调解纠纷34件；: rows of a form, a report however short. A headline does not end so (通报5起案例).
_ROW_OF_COUNT = re.compile(r".*\d[余多]?[万亿]?(?:[件次起场人份名个条户元%]|[人场]次)[，；;。]?$")
_MIN_ROWS = 3
_SHOWN = 5
_LAST = 6  # paragraphs, among which a page says that it shows an excerpt
_DOTS = ("…", "...", "。。。")  # looked for first, to save time
_GOES_ON = re.compile(r".*[，。；].*(?:…|\.\.\.|。。。)")  # a sentence; the title of a link may be cut too
_EXCERPT = re.compile(
    r"""
    [仅只] (?: 展示 | 显示 | 预览 | 提供 | 摘录 )                                            # e.g. 仅展示部分内容
    | (?: 查看 | 阅读 | 浏览 | 下载 | 展开 | 获取 ) (?: 全文 | 全部 | 完整 | 剩余 | 更多内容 )      # e.g. 下载全文
    """,
    re.VERBOSE,
)
_LATER_PART = re.compile(
    rf"""
    [（(] (?! 一 [）)] ) {ORDINAL} [）)]                     # e.g. （二）
    | (?! 一、 ) {ORDINAL} 、                                # e.g. 三、
    """,
    re.VERBOSE,
)
_FIRST = 3  # paragraphs, which may say so as well
_EXAMPLES = re.compile(
    r"""
    (?: [以如][上下] | 上述 | 文中 | 本文 | 报告中? | 其中 | 具体 ) [^，。；]{0,6} (?: 数据 | 数字 ) [^，。；]{0,4}
    (?: 为 | 是 | 系 | 属于? ) [^，。；]{0,4}
    (?: 示例 | 虚构 | 虚拟 | 假设 | 占位 | 样例 )               # e.g. 以上数据为示例
    """,
    re.VERBOSE,
)
_MAX_NOTICE_HAN = 300
_ADMINISTRATION = re.compile(
    r"""
    法 [治律规制] | 依法 | [执普司] 法              # e.g. 法治   普法; not 页面不存在
    | 行政 | 政府 | 党 [委组] | 村 | 社区 | 镇 | 乡 | 街道    # e.g. 党委   社区; not 请先登录
    | 调解 | 纠纷 | 信访 | 治理 | 报告 | 总结 | 工作 | 群众   # e.g. 报告; not 首页
    """,
    re.VERBOSE,
)


def refuse_attachment_page(links: Sequence[str], paragraphs: Sequence[str]) -> None:
    """Refuse a page that has links to documents, little text and no numbered heading; and a summary in an e-mail.

    Args:
        links: `words <address>` of each link to a document or picture.
        paragraphs: the page without title and page furniture.

    Raises:
        RejectedFile: attachment_only.
    """
    if not links:
        return
    if not any(_NUMBERED_HEADING.match(paragraph) for paragraph in paragraphs):
        names = {link.rsplit(" <", 1)[0] for link in links}
        words = [paragraph for paragraph in paragraphs if not _is_link(paragraph, names)]
        if count_han("".join(words)) <= _MAX_HAN:
            more = f" and {len(links) - _SHOWN} more" if len(links) > _SHOWN else ""
            raise RejectedFile(
                "attachment_only",
                f"the page only links to the report: {'; '.join(links[:_SHOWN])}{more}; load that file",
            )
    is_in_mail = any(link.endswith(_IN_MESSAGE) for link in links)
    if (
        is_in_mail
        and any(map(_SEE_FILE.search, paragraphs))
        and count_han("".join(paragraphs)) < _MIN_REPORT_HAN
    ):
        named = "; ".join(links[:_SHOWN])
        raise RejectedFile(
            "attachment_only", f"a summary; the report is attached (见附件): {named}; load that file"
        )


def refuse_script_page(sign: str, paragraphs: Sequence[str]) -> None:
    """Refuse a page that scripts draw: little text or no sentence, no numbered heading, no rows of figures.

    Args:
        sign: the evidence that scripts draw its text; empty for all other files.
        paragraphs: the page without title and page furniture.

    Raises:
        RejectedFile: drawn_by_script.
    """
    if not sign or any(_NUMBERED_HEADING.match(paragraph) for paragraph in paragraphs):
        return
    text = "".join(paragraphs)
    if count_han(text) > _MAX_HAN and "。" in text:
        return
    if sum(map(bool, map(_ROW_OF_COUNT.match, paragraphs))) < _MIN_ROWS:
        raise RejectedFile(
            "drawn_by_script",
            f"scripts fetch its text ({sign}): open it in a browser and save the complete page, or a PDF",
        )


def refuse_excerpt(title: str | None, paragraphs: Sequence[str]) -> None:
    """Refuse the beginning of a report that a page shows before it asks to load the whole: 仅展示部分内容，下载全文.

    Also a later part of one (下册): without a title, it begins with （二） or 三、.

    Raises:
        RejectedFile: truncated.
    """
    if title is None and paragraphs and _LATER_PART.match(paragraphs[0]):
        begins = paragraphs[0][:30]
        raise RejectedFile(
            "truncated", f"a later part of a report (下半部分): {begins}…; put the parts in one file"
        )
    for before, words in pairwise(paragraphs[-_LAST:]):
        if before.endswith(_DOTS) and _GOES_ON.fullmatch(before) and _EXCERPT.search(words):
            raise RejectedFile(
                "truncated", f"the beginning of a report (节选): {words[:60]}; load the whole text"
            )


def refuse_examples(paragraphs: Sequence[str]) -> None:
    """Refuse a text that says that its figures are examples, as a program that writes texts (AI) makes them.

    Raises:
        RejectedFile: not_a_report_text.
    """
    for words in (*paragraphs[:_FIRST], *paragraphs[-_LAST:]):
        if "数" in words and (found := _EXAMPLES.search(words)) is not None:
            raise RejectedFile(
                "not_a_report_text", f"its figures are examples, it says (示例数据): {found[0]}"
            )


def refuse_notice(text: str) -> None:
    """Refuse a short text without any word of administration: a notice (页面不存在, 请先登录).

    Raises:
        RejectedFile: not_a_report_text.
    """
    # search first: nearly every title has such a word, which saves the count
    if _ADMINISTRATION.search(text) is None and count_han(text) <= _MAX_NOTICE_HAN:
        raise RejectedFile("not_a_report_text", f"a notice, not a report: {' '.join(text.split())[:60]}")


def _is_link(paragraph: str, names: set[str]) -> bool:
    bare = paragraph
    for name in names:
        bare = bare.replace(name, "") if name else bare
    return count_han(bare) < 4 and (bare != paragraph or STARTS_ITEM.match(paragraph) is not None)
