"""Whether a text is a report at all, and of a township rather than of a county, city or department."""

from __future__ import annotations

import re
from itertools import islice

from orchestration.pipeline.identify.phrases import INTRO_CHARS, OWN_WORDS, REPORT_WORDS, TOPIC, find_headings
from orchestration.pipeline.ingest.clean import CleanText

_OTHER_DOCUMENT = re.compile(
    r"解读|工作方案|实施方案|实施意见|工作要点|工作计划|通知|办法|规定|制度|公示|名单|清单|规划|讲话|政府信息公开|预算|决算|招标|采购"
)
_TEMPLATE = re.compile(
    r"[xX×＊*某2二（(【\[_](?:(?<=[xX×＊*])[xX×＊*]+[镇乡街县区市年]|(?<=某)[某镇乡县区]|(?<=2)0[xX×*]{2}|(?<=二)〇[xX×]{2}"
    r"|(?<=[（(【\[])[镇乡县区街道]{1,2}名称?[）)】\]]|(?<=_)_+[镇乡街县区])"
)
_TEMPLATE_TITLE = re.compile(
    r"范文|模板|样本|参考格式"
)  # in a body they are templates of contracts and the like


def refuse_document(clean: CleanText, title: str | None) -> str | None:
    """Why a text is no rule-of-law report of anyone, or None."""
    intro = (title or "") + clean.text[:INTRO_CHARS]
    template = _TEMPLATE.search(intro) or _TEMPLATE_TITLE.search(title or "")
    if template is not None:
        return f"a template: {template.group()}"
    if (
        title is not None
        and _OTHER_DOCUMENT.search(title)
        and not REPORT_WORDS.search(_OTHER_DOCUMENT.sub("", title))
    ):
        return f"another kind of document: {title}"
    if title is not None and "解读" in title:
        return f"another kind of document: {title}"
    says_so = title is not None and TOPIC.search(title) and REPORT_WORDS.search(title)
    if not says_so and (not TOPIC.search(intro) or len(list(islice(TOPIC.finditer(clean.text), 2))) < 2):
        return "not about the rule of law"
    if (
        title is None
        and "如下" not in clean.text[:1500]
        and "报告" not in clean.text[:INTRO_CHARS]
        and not (OWN_WORDS["township"].search(clean.text) and find_headings(clean.text))
    ):
        return "no title and no words of a report"
    return None


def level_by_words(text: str) -> tuple[str, None, str]:
    """The level whose own words (我镇, 全县 …) are most frequent, with no unit, and a note."""
    counts = {level: len(pattern.findall(text)) for level, pattern in OWN_WORDS.items()}
    level = max(counts, key=lambda name: counts[name])
    if counts[level] < 2:
        return "unknown", None, "nothing says whose report it is"
    return level, None, f"{counts[level]} words of a {level}'s own report; no unit named"
