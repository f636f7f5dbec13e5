"""Words said once for several figures: the label of a list, and the title of a report on one matter.

In 合法性审查：重大决策3件、合同26份 the label says what both figures count. In 某镇2024年信访工作总结 the title says
what 受理46件 counts, as a heading would; a report on 法治政府建设 is about everything.
"""

from __future__ import annotations

import re

from orchestration.pipeline.chinese import ORDINAL_DIGITS
from orchestration.pipeline.extract.assignment import Sentence
from orchestration.pipeline.extract.clause_words import clean_words

_LABEL = re.compile(r"(?:\A|[，。；：、！？\n])([一-鿿0-9]{2,12})：[^，。；：0-9]{1,16}\Z")
_NEXT_ITEM = re.compile(r"[^，。；：、0-9]{0,8}、[^，。；：、0-9]{0,12}")  # from figure to figure: 人次、社区

_MATTERS = "执法|信访|调解|矛盾纠纷|热线|普法"
_TITLE = re.compile(
    rf"""
    ^ (?! .* (?: 通知 | [{ORDINAL_DIGITS}0-9] [、）)．.] ) )
    [^，。；：\n]{{0,40}} (?: {_MATTERS} ) [^，。；：\n]{{0,20}}
    (?: 报告 | 总结 | 小结 | 情况 | 通报 | 汇报 ) \s* $       # e.g. 某街道2024年综合行政执法数据通报
    """,
    re.VERBOSE | re.MULTILINE,
)
_BROAD = re.compile("法治|依法|。")  # a title about everything, or the body: what follows is a heading
_TITLE_WITHIN = 300  # characters


def find_matter(text: str) -> str:
    """Return the title of a report on one matter (某镇2024年信访工作总结); empty for any other report."""
    title = _TITLE.search(text, 0, _TITLE_WITHIN)
    return clean_words(title[0]) if title and not _BROAD.search(text, 0, title.end()) else ""


def find_labels(text: str, sentence: Sentence) -> dict[int, str]:
    """Return the label of each figure in a list of two or more, by the figure's index in the sentence.

    Args:
        text: clean text.
        sentence: a sentence with its figures.
    """
    labels: dict[int, str] = {}
    end = sentence.char_start
    for number, figure in enumerate(sentence.figures):
        between = text[end : figure.start]
        if number and _NEXT_ITEM.fullmatch(between):
            if number - 1 in labels:
                labels[number] = labels[number - 1]
            elif label := _label_before(text, sentence, number - 1):
                labels[number - 1] = labels[number] = label
        end = figure.end
    return {number: label for number, label in labels.items() if not sentence.figures[number].is_denial}


def _label_before(text: str, sentence: Sentence, number: int) -> str:
    """Return the label before the first figure of a list; empty without one."""
    figures = sentence.figures
    start = figures[number - 1].end if number else sentence.char_start
    found = _LABEL.search(clean_words(text[start : figures[number].start]))
    return found[1] if found else ""
