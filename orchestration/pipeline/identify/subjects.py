"""Find who reports in a text without a title: the subject of its first sentences, or the one unit it names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from orchestration.pipeline.chinese import ALL_HAN, FIRST_MARK, SECOND_MARK, TOWNSHIP_KINDS, YEAR
from orchestration.pipeline.identify.evidence import Unit
from orchestration.pipeline.identify.gazetteer import Gazetteer, Place
from orchestration.pipeline.identify.phrases import FILLER, INTRO_CHARS
from orchestration.pipeline.identify.places import confirm_parents, parse_places
from orchestration.pipeline.ingest.clean import CleanText

_CLAUSE = re.compile(
    rf"""
    (?: ^ | [\n，,。；;《“(（:：] ) \s*
    (?: 现[将就] | 为 | 按照 | 根据 )?             # e.g. 。现将
    (?: {YEAR}年? (?: 度 | 以来 | 来 )? [，,]? )?  # e.g. 2024年，   ，2023年度
    """,
    re.VERBOSE,
)
_ACTS = re.compile(
    rf"""
    # e.g. 司法局深入; not 着眼大局坚持
    (?P<office> [{ALL_HAN}]{{2,8}}? (?: 局 (?<! [大全布格开新] 局 ) | 支队 | 大队 | 法院 | 检察院 ) )??
    # e.g. 党委、政府坚持   人民政府以   委、县政府坚持
    (?:人民)? (?:政府)? (?: 党委 | 县委 | 委 )? [、和]? [县区市旗]? (?:人民)? (?:政府)?
    (?:
        坚持 | 深入 | 全面 | 认真 | 始终 | 以 | 严格 | 紧紧 | 扎实 | 在 | 持续 | 推进 | 落实 | 按照 | 根据 | 贯彻 | 围绕
      | 紧扣 | 聚焦 | 切实 | 积极 | 统筹 | 大力 | 着力 | 把 | 不断 | 牢牢 | 立足 | 对标 | 对照
    )
    """,
    re.VERBOSE,
)
_UNIT_RUN = re.compile(
    rf"""
    [{ALL_HAN}]{{1,12}}?
    (?:
        街 (?![道街])                        # e.g. 友谊路街
      | (?!乡[镇村]) (?: {TOWNSHIP_KINDS} )  # e.g. 重庆市綦江区金桥镇   张镇; not 振兴乡村
    )
    """,
    re.VERBOSE,
)
_MORE_OF_NAME = re.compile(rf"族?(?:{TOWNSHIP_KINDS})")  # after a run: 新滩镇|街道, 腰站子东乡|族镇
_MIN_UNKNOWN_CHARS = 3  # of a name that the gazetteer lacks; excludes 一镇
_ANY_RUN = re.compile(rf"[{ALL_HAN}]{{2,10}}?(?!乡[镇村]|镇街)(?:{TOWNSHIP_KINDS})")
_OWN_KIND = re.compile(rf"[我本全]({TOWNSHIP_KINDS})")
_OTHERS = re.compile(r"(?:赴|到|与|和|同|等|毗邻|学习|邻近|来自|原)$")  # another township: 赴清溪镇学习
_FIRST_HEADING = re.compile(rf"^(?:{FIRST_MARK}|{SECOND_MARK})", re.MULTILINE)
_SHORT_NAME = re.compile(rf"([{ALL_HAN}]{{2,4}}?)(?=坚持|以|深入|全面|认真|始终|严格|持续|紧扣|聚焦)")
_OWN_STREET = re.compile(
    r"(?<![各镇])街道(?:主要|领导|班子|党工委|全面|本年度|坚持|深入|持续|严格|组织|开展)"
)
_WHOLE_COUNTY = re.compile(r"[全我][区县市]|[区县市][委直](?!党校)|各街道")
_MIN_LEAD = 2  # the unit must be named this many times as often as the next one


def subject_place(clean: CleanText, gazetteer: Gazetteer) -> tuple[Place, str | None] | None:
    """Return the county, city or province, by full name, that is a clause's subject, and its office if any."""
    intro = clean.text[:INTRO_CHARS]
    for clause in _CLAUSE.finditer(intro):
        if clause.group().startswith("《"):  # 《广东省落实…试点工作实施方案》 is only cited
            continue
        places = gazetteer.match_place(intro, clause.end(), short=False)
        acts = _ACTS.match(intro, places[0].end) if places else None
        if acts is not None:
            return places[0], acts["office"]
    return None


def find_subjects(clean: CleanText, gazetteer: Gazetteer) -> Unit | None:
    """Return the township that is the subject of the introduction, or else of the first section.

    In the introduction it must be named at least as often as the next subject; a section may mention
    neighbours, so there it must be named twice as often.
    """
    text = clean.text
    heading = _FIRST_HEADING.search(text, 1)
    introduction = text[: min(heading.start() if heading is not None else INTRO_CHARS, INTRO_CHARS)]
    for part, lead in ((introduction, 1), (text[:INTRO_CHARS], _MIN_LEAD)):
        subjects = Counter(_subjects(part, gazetteer))
        mentions = {
            name: text.count(name.removesuffix("道") if name.endswith("街道") else name) for name in subjects
        }
        ranked = sorted(subjects, key=lambda one: 3 * subjects[one] + mentions[one], reverse=True)
        if ranked and all(mentions[ranked[0]] >= lead * mentions[other] for other in ranked[1:2]):
            note = f"the text begins with {ranked[0]} and names it {mentions[ranked[0]]} times"
            return _make_unit(ranked[0], gazetteer, note)
    return None


def _make_unit(name: str, gazetteer: Gazetteer, evidence: str) -> Unit:
    known = gazetteer.find_units(name)
    named = gazetteer.name_unit(name)
    return Unit(name, known[0].unit_type if known else named[1] if named else None, (), evidence)


def _subjects(intro: str, gazetteer: Gazetteer) -> Iterator[str]:
    """Yield the township-level units that begin a clause or a document title: 《太平镇…计划》."""
    for clause in _CLAUSE.finditer(intro):
        run = _UNIT_RUN.match(intro, clause.end())
        if run is None:
            continue
        more = _MORE_OF_NAME.match(intro, run.end())
        longer = known_ending(intro[run.start() : more.end()], gazetteer) if more is not None else None
        known = longer or known_ending(run.group(), gazetteer)
        if known is not None:
            yield known
        elif (
            len(run.group()) >= _MIN_UNKNOWN_CHARS
            and intro.count(run.group()) >= 2
            and not run.group().endswith(tuple(gazetteer.common_words))
        ):
            named = gazetteer.name_unit(run.group())
            if named is not None:
                yield named[0]


def find_short_street(clean: CleanText, gazetteer: Gazetteer) -> Unit | None:
    """Return the street that begins its text without 街道 (公明坚持…书写法治公明的新篇章) and calls itself 街道.

    A county may share a street's name (南山), so the text must not mention a whole county.
    """
    text = clean.text
    if not _OWN_STREET.search(text) or _WHOLE_COUNTY.search(text):
        return None
    for clause in _CLAUSE.finditer(text[:INTRO_CHARS]):
        short = _SHORT_NAME.match(text, clause.end())
        if short and f"法治{short[1]}" in text and gazetteer.has_unit(name := f"{short[1]}街道"):
            return _make_unit(name, gazetteer, f"the text begins with {short[1]} and speaks of 街道")
    return None


def known_ending(run: str, gazetteer: Gazetteer) -> str | None:
    """Return the longest known unit that ends a run like 重庆市綦江区金桥镇, with only places before it."""
    for start in range(len(run) - 1):
        named = gazetteer.name_unit(run[start:])
        if named is None or named[0] in gazetteer.common_words or not gazetteer.has_unit(named[0]):
            continue
        places = parse_places(FILLER.sub("", run[:start]), gazetteer, open_readings=True) if start else []
        if start == 0 or (places and confirm_parents(places, named[0], gazetteer)):
            return named[0]
    return None


def name_alone_in_text(clean: CleanText, gazetteer: Gazetteer) -> Unit | None:
    """Return the one township that a text with 我镇 names anywhere (让…在清溪镇落地); None if several fit."""
    kinds = Counter(_OWN_KIND.findall(clean.text))
    if not kinds:
        return None
    kind = max(kinds, key=lambda one: kinds[one])
    named: Counter[str] = Counter()
    for run in _ANY_RUN.finditer(clean.text):
        for start in range(len(run.group()) - 1):
            found = gazetteer.name_unit(run.group()[start:])
            if found is None or not gazetteer.has_unit(found[0]) or found[0] in gazetteer.common_words:
                continue
            before = clean.text[max(0, run.start() + start - 2) : run.start() + start]
            if found[0].endswith(kind) and not _OTHERS.search(before):
                named[found[0]] += 1
            break
    ranked = named.most_common(2)
    if not ranked or (len(ranked) == 2 and ranked[0][1] < _MIN_LEAD * ranked[1][1]):
        return None
    name, count = ranked[0]
    note = f"the text says {'我' + kind} and names {name} {count} times"
    return _make_unit(name, gazetteer, note)
