"""Sentences: the evidence shown to readers next to a figure.

A sentence ends at 。！？ (also half-width) and at the end of a line, but not at ；, because the parts of
a list belong together and a figure after ； often has its subject before it. Stops within quotes or
brackets (“…。”, （…。）) and decimal points do not end a sentence. A section starts a new sentence, so
一是 and （2） do, and so does the body that follows a heading directly.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from orchestration.pipeline.character_classes import all_but
from orchestration.pipeline.chinese import HAN
from orchestration.pipeline.records import ReportSentences, Section

_PAIRS = (
    r"“[^”\n]{0,200}”|‘[^’\n]{0,100}’|《[^》\n]{0,100}》"
    + r"|（[^）\n]{0,200}）|\([^)\n]{0,200}\)|「[^」\n]{0,200}」"
)
_PLAIN = all_but("。！？!?.\n“‘《（(「") + "*+"
_SENTENCE = re.compile(
    rf"""
    {_PLAIN}
    (?:
        (?=[“‘《（(「.])      # sentences without quotes, brackets and points end here; others are tried one by one
        (?:
            {_PAIRS}                              # e.g. “三强化。”的意见。   （一个。）。
          | [“‘《（(「]                           # never closed
          | (?<![{HAN}”》）)]) \. | \.(?=[\dA-Za-z])   # e.g. 增长1.5%。   见www.gov.cn。
        ) {_PLAIN}
      | (?!)          # for Python before 3.11.5, where *+ resumes where the last branch failed (gh-106052)
    )*+
    (?: [。！？!?.]+ [”’」）)》]* | \n | $ )        # e.g. 他说“好。”   完成！
    \s*               # belongs to the sentence before it
    """,
    re.VERBOSE,
)
_SAYS_NOTHING = re.compile(r"[\W_]*")


def split_sentences(report_id: str, text: str, sections: Sequence[Section]) -> ReportSentences:
    """Split the sections of a report into sentences.

    Args:
        report_id: The report.
        text: The clean text.
        sections: Its sections, as `split_sections` returns them.

    Returns:
        The report's row of `raw.sentences`, in reading order. Sentences have no surrounding white
        space and lie within one section; those without a letter or digit are dropped. Half-open
        character offsets in the text.
    """
    positions: list[int] = []
    starts: list[int] = []
    ends: list[int] = []
    for section in sections:
        for start, end in _section_parts(text, section):
            while start < end and text[start].isspace():
                start += 1
            for piece in _SENTENCE.findall(text, start, end):  # the pieces join to the whole part
                words = piece.rstrip()
                if words[:1].isalnum() or not _SAYS_NOTHING.fullmatch(words):
                    positions.append(section.position)
                    starts.append(start)
                    ends.append(start + len(words))
                start += len(piece)
    return ReportSentences(report_id, positions, starts, ends)


def _section_parts(text: str, section: Section) -> list[tuple[int, int]]:
    """Return the spans of a section to split separately: its heading with the stop, and the rest."""
    start, end = section.char_start, section.char_end
    if section.heading is None:
        return [(start, end)]
    seam = text.index(section.heading, start) + len(section.heading)
    while seam < end and text[seam] in "。！？!?.：:；;，, 　”":
        seam += 1
    return [(start, seam), (seam, end)] if seam < end else [(start, end)]
