"""Find the title among the first lines of a text."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from orchestration.pipeline.chinese import HAN_YEAR, TOPIC, TOWNSHIP_KINDS
from orchestration.pipeline.ingest.characters import normalise_characters, normalise_spaces
from orchestration.pipeline.ingest.fields import read_fields
from orchestration.pipeline.ingest.line_shapes import (
    BREADCRUMB,
    HAS_SENTENCE,
    INSTRUCTIONS,
    MAX_TITLE_LINE_CHARS,
    STARTS_ITEM,
    is_long_prose,
)
from orchestration.pipeline.ingest.page_words import IngestReference

_TITLE_TOPIC = re.compile(TOPIC)
_TITLE_KIND = re.compile(
    r"""
    (?: 报告 | 总结 | 汇报 | 年报 | 小结 | 情况 | 自查 | 述职 | 工作 | 计划 | 打算 | 要点 | 方案 | 通知 | 解读 | 公示
      | 表 (?<= 情况表 | 统计表 | 数据表 | 一览表 )                     # e.g. 法治政府建设情况表
    )
    (?:
        [（(] [^（）()]{1,20} [）)]             # e.g. 报告（2024年度）
      | 公开 (?<= 报告公开)                     # e.g. 年度报告公开; not 信息公开
      | 的?函                                   # e.g. 情况的函
      | [ —-]{0,3} \d{4}年?度?                  # e.g. 工作报告 2024年度
    )?$
    """,
    re.VERBOSE,
)
_TITLE_YEAR = re.compile(rf"(?:19|20)\d\d|{HAN_YEAR}年|上一?年度|年度")
_TITLE_UNIT = re.compile(rf"{TOWNSHIP_KINDS}|人民政府|办事处|县|区|市|旗|局|委|团|场")
_TITLE_BEGINS = re.compile(
    rf"""
    (?: 政府 | 办事处 | 委员会 | 党工委 | {TOWNSHIP_KINDS} | 局 | 关于 | 年 | 年度 | 建设 | 建设情况 | 工作 | 情况
      | 的 | 书记 | [镇乡]长 | 主任 )$                                 # e.g. 云溪镇
    | ^关于
    """,
    re.VERBOSE,
)
_TITLE_TAIL = re.compile(r"的?(?:年度|工作|情况|自查|建设)*的?(?:报告|总结|汇报)|的.*")
_DATED_TITLE = re.compile(
    r"""
    (?P<title> [^。；，,:：]{6,60} (?: 报告 | 总结 | 汇报 | 情况 | 年报 | 计划 | 打算 | 安排 ) )
    \s+
    (?P<day> \d{4}[-/.]\d{1,2}[-/.]\d{1,2} (?: \s+ \d{1,2}:\d{2} (?: :\d{2} )? )? )
    # e.g. 某镇2024年工作报告 2024-12-12   某镇2024年工作报告 2024/1/2 09:30
    """,
    re.VERBOSE,
)
_MAX_TITLE_CHARS = 90
_HEADER_LINES = 80


def split_dated_titles(lines: Sequence[str]) -> list[str]:
    """Split a title from the publication date on its line: 某镇2024年工作报告 2024-12-12."""
    first: list[str] = []
    for line in lines[:_HEADER_LINES]:
        dated = _DATED_TITLE.fullmatch(line.strip())
        first.extend(dated.group("title", "day") if dated is not None else (line,))
    return [*first, *lines[_HEADER_LINES:]]


def find_title(lines: Sequence[str], raw_lines: Sequence[str], reference: IngestReference) -> tuple[int, int]:
    """Return the index of the title's first line and its number of lines; (0, 0) without one.

    The candidate with the best score before the body wins; among equals the last, which is right
    above the text, because the site repeats the title further up.
    """
    best: tuple[int, int, int] = (0, 0, 0)  # score, index, size
    instructs = False
    for index in range(min(len(lines), _HEADER_LINES)):
        instructs = instructs or INSTRUCTIONS.match(lines[index]) is not None
        is_body = STARTS_ITEM.match(lines[index]) is not None and (bool(best[0]) or not instructs)
        if is_body or (best[0] and is_long_prose(lines[index])):
            break
        for size in (3, 2, 1):
            score = _score_title(lines, raw_lines, index, size, reference)
            if score and score >= best[0]:
                best = (score, index, size)
                break
    return best[1], best[2]


def _score_title(
    lines: Sequence[str], raw_lines: Sequence[str], index: int, size: int, reference: IngestReference
) -> int:
    part = lines[index : index + size]
    if len(part) < size:
        return 0
    joined = "".join(part)
    if (
        len(joined) > _MAX_TITLE_CHARS
        or _TITLE_TOPIC.search(joined) is None
        or _TITLE_KIND.search(joined) is None
        or any(_breaks_title(line, raw, reference) for line, raw in zip(part, raw_lines[index:], strict=False))
        or not all(_TITLE_BEGINS.search(line) for line in part[:-1])
        or (size > 1 and _TITLE_KIND.search(part[-2]) is not None and _TITLE_TOPIC.search(part[-2]) is not None
            and not _TITLE_TAIL.fullmatch(part[-1]))
    ):  # fmt: skip
        return 0
    return (
        1
        + 2 * (_TITLE_YEAR.search(joined) is not None)
        + 2 * (_TITLE_UNIT.search(joined) is not None)
        + ("报告" in joined or "总结" in joined or "汇报" in joined)
    )


def _breaks_title(line: str, raw: str, reference: IngestReference) -> bool:
    return (
        len(line) > MAX_TITLE_LINE_CHARS
        or HAS_SENTENCE.search(line) is not None
        or line.endswith(("：", ":", "，", ","))
        or "如下" in line
        or STARTS_ITEM.match(line) is not None
        or BREADCRUMB.search(line) is not None
        or reference.chrome.fullmatch(line) is not None
        or read_fields(raw, reference) is not None
    )


def title_from_fields(fields: Mapping[str, str]) -> str | None:
    """Return the title stated in the page's fields if it is on the topic, else None."""
    title = fields.get("title") or re.split(r"[_|]| - |－", fields.get("page_title", ""))[0].strip()
    return normalise_spaces(normalise_characters(title)) or None if _TITLE_TOPIC.search(title) else None
