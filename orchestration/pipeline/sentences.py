"""Sentences: the evidence that readers are shown beside a figure.

A sentence ends at 。！？ (also their half-width forms) and at the end of a line, not at ；: the parts of
a list belong together, and a figure after ； often has its subject before it. A stop within quotes
or brackets ends none (“…。”, （…。）), nor does the point of a number. A section starts a sentence, so
一是 and （2） do, and so does the body after a heading that runs into it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestration.pipeline.records import ReportSentences, Section, Sentence

_PAIRS = (
    r"“[^”\n]{0,200}”|‘[^’\n]{0,100}’|《[^》\n]{0,100}》"
    + r"|（[^）\n]{0,200}）|\([^)\n]{0,200}\)|「[^」\n]{0,200}」"
)
_SENTENCE = re.compile(
    rf"(?:[^。！？!?.\n“‘《（(「]++|{_PAIRS}|[“‘《（(「]"
    # (?!) is for Python before 3.11.5, where *+ goes on from where a last branch failed (gh-106052)
    + r"|(?<![一-鿿”）》)])\.|\.(?=[\dA-Za-z])|(?!))*+"
    + r"(?:[。！？!?.]+[”’」）)》]*|\n|$)"
)
_SAYS_NOTHING = re.compile(r"[\W_]*")


def split_sentences(text: str, sections: Sequence[Section]) -> list[Sentence]:
    """Split the sections of a report into sentences.

    Args:
        text: The clean text.
        sections: Its sections, as `split_sections` returns them.

    Returns:
        Sentences in reading order, without surrounding white space, each within one section; what
        holds no letter or digit is dropped. Offsets are half-open and in characters of the text.
    """
    sentences: list[Sentence] = []
    for section in sections:
        position = section.position
        for start, end in _section_parts(text, section):
            for match in _SENTENCE.finditer(text, start, end):
                words = match[0].strip()
                if not words or (not words[0].isalnum() and _SAYS_NOTHING.fullmatch(words)):
                    continue
                begin = match.start() + match[0].index(words[0])
                sentences.append(Sentence(position, begin, begin + len(words)))
    return sentences


def pack_sentences(report_id: str, sentences: Sequence[Sentence]) -> ReportSentences:
    """The sentences of a report as its row of `raw.sentences`."""
    columns = zip(*sentences, strict=True) if sentences else ((), (), ())
    return ReportSentences(report_id, *map(list, columns))


def unpack_sentences(row: ReportSentences) -> list[Sentence]:
    """The sentences of a row of `raw.sentences`."""
    _, *columns = row
    return list(map(Sentence, *columns))


def _section_parts(text: str, section: Section) -> list[tuple[int, int]]:
    """The spans of a section that are split on their own: its heading with the stop, and the rest."""
    start, end = section.char_start, section.char_end
    if section.heading is None:
        return [(start, end)]
    seam = text.index(section.heading, start) + len(section.heading)
    while seam < end and text[seam] in "。！？!?.：:；;，, 　”":
        seam += 1
    return [(start, seam), (seam, end)] if seam < end else [(start, end)]
