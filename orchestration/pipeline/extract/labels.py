"""Labels: words before a colon that apply to each item of the list after it.

In 合法性审查：重大决策3件、合同26份 the label says once what both figures count.
"""

from __future__ import annotations

import re

from orchestration.pipeline.extract.assignment import Sentence
from orchestration.pipeline.extract.clause_words import clean_words

_LABEL = re.compile(r"(?:\A|[，。；：、！？\n])([一-鿿0-9]{2,12})：[^，。；：0-9]{1,16}\Z")
_NEXT_ITEM = re.compile(r"[^，。；：、0-9]{0,8}、[^，。；：、0-9]{0,12}")  # from figure to figure: 人次、社区


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
