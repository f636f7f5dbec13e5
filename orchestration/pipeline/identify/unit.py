"""The name of the unit (太平镇, 友谊路街道): in the title, the page's fields or the body."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from orchestration.pipeline.identify.gazetteer import Gazetteer, Place
from orchestration.pipeline.identify.phrases import (
    FILLER,
    INTRO_CHARS,
    LEVELS,
    OWN_WORDS,
    STOP,
    YEAR,
    YEAR_RANGE,
)
from orchestration.pipeline.identify.places import parse_parents, parse_places, strip_places
from orchestration.pipeline.identify.scope import level_by_words, refuse_document
from orchestration.pipeline.ingest.clean import CleanText

_BEHIND_UNIT = re.compile(
    rf"人民政府|政府|党委|党工委|办事处|办|委员会|人大|司法所|综合|便民|关于|的|[（(]|{YEAR}|年度|法治|法制|依法|推进|贯彻|落实|全面|开展|履行"
    r"|本年|上一?年|扎实|深入|第[一二三四]|上半年|$"
)
_BEFORE_UNIT = re.compile(rf"关于|报送|印发|{YEAR}年?度?|年度|[\s《“（(：:，,、；;。>]")
_PARTY = re.compile(r"^(?:中共|中国共产党|度)")
_UNIT_END = re.compile(
    "街道办事处|地区办事处|街道办|街道|苏木|镇|乡|街(?!道)|农场|林场|办事处|管理区|管委会|开发区|园区|新区"
)
_MAX_UNIT_CHARS = 12
_CLAUSE = re.compile(
    rf"(?:^|[\n，,。；;《“(（:：])\s*(?:现[将就]|为|按照|根据)?(?:{YEAR}年?(?:度|以来|来)?[，,]?)?"
)
_ACTS = re.compile(r"(?:人民)?(?:政府)?(?:坚持|深入|全面|认真|始终|以|严格|紧紧|扎实|在|持续)")
_UNKNOWN_PARENTS = re.compile(
    r"(?:[\u4e00-\u9fff]{2,7}?(?:省|自治区|市|自治州|盟|县|区|旗)(?!镇|乡|街道))+(?=[\u4e00-\u9fff]{2,})"
)
_UNIT_RUN = re.compile(r"[\u4e00-\u9fff]{2,12}?(?:街道|街(?![道街])|苏木|镇|乡(?!镇))")
_DEPARTMENT = re.compile(
    r"(?:局|厅|委|委员会|委员会办公室|办公室|办公厅|政府办|院|所|站|总队|支队|大队|中队|学校|大学|学院|小学|中学|公司|银行|集团|协会|中心|部|处"
    r"|法院|检察院|研究院|联合会|医院|管理处|服务中心|执法队)$"
)
_OFFICE_OF_UNIT = re.compile(
    r"(?:人民政府|党委|街道)?([\u4e00-\u9fff]{2,12}?(?:所|站|队|中心|局|分局|派出所))(?=\d|关于|年)"
)


@dataclass(frozen=True, slots=True)
class Unit:
    """A township-level unit as a source names it."""

    name: str
    unit_type: str | None
    parents: tuple[Place, ...]  # printed right before it
    evidence: str
    unknown_parent: str | None = None  # a county printed before it that the gazetteer lacks


# --- who ------------------------------------------------------------------------------
def find_unit(
    clean: CleanText,
    title: str | None,
    source_path: str,
    side: Mapping[str, str],
    gazetteer: Gazetteer,
    fixed: Mapping[str, str],
) -> tuple[str, Unit | None, str]:
    """Level, township-level unit if it is one, and what decided."""
    level = fixed.get("admin_level")
    if level is not None and level not in LEVELS:
        raise ValueError(f"correction of admin_level: {level!r} is none of {', '.join(LEVELS)}")
    if "unit_name" in fixed and level in (None, "township"):
        named = gazetteer.name_unit(fixed["unit_name"]) or (fixed["unit_name"], None)
        return "township", Unit(named[0], named[1], (), "correction"), "unit by a reviewed correction"
    refusal = refuse_document(clean, title) if level is None else None
    if refusal is not None:
        return "unknown", None, refusal
    found = _level_of_title(title or "", clean, gazetteer)
    if level not in (None, "township"):
        return str(level), None, "level by a reviewed correction"
    if found is not None:
        if isinstance(found, Unit):
            return "township", found, found.evidence
        if level is None:
            return found[0], None, found[1]
    unit = _unit_from_elsewhere(clean, source_path, side, gazetteer)
    if unit is not None:
        return "township", unit, unit.evidence
    if level == "township":
        return "township", None, "level by a reviewed correction; no unit found"
    place = subject_place(clean.text[:INTRO_CHARS], gazetteer)
    if place is not None and not OWN_WORDS["township"].search(clean.text):
        return place.level, None, f"the text begins with {place.name}"
    return level_by_words(clean.text)


def _level_of_title(title: str, clean: CleanText, gazetteer: Gazetteer) -> Unit | tuple[str, str] | None:
    """The unit, or level and evidence, that a title names; None where it names nobody."""
    bare = YEAR_RANGE.sub("", title)
    unit = _parse_unit(bare, gazetteer, "title")
    if unit is not None:
        rest = bare[bare.find(unit.name[:-1]) + len(unit.name) :]
        department = _OFFICE_OF_UNIT.match(rest)
        if department is not None:
            return "department", f"title names {unit.name}{department.group(1)}"
        return unit
    org = re.split(
        rf"关于|{YEAR}|年度|法治|依法|推进|贯彻",
        re.sub(rf"^(?:关于)?(?:{YEAR}年?度?)?(?:报送|印发)?", "", bare),
    )[0]
    org = org.strip(" 的：:")
    if not org:
        return None
    if _DEPARTMENT.search(org) and not org.endswith(("人民政府", "街道办")):
        return "department", f"title names {org}"
    places = parse_places(FILLER.sub("", org), gazetteer)
    if places:
        return places[-1].level, f"title names {org}"
    return None


def _parse_unit(text: str, gazetteer: Gazetteer, source: str) -> Unit | None:
    """The first township-level unit in a title or a name of an office, with its parents."""
    for end in _UNIT_END.finditer(text):
        if end.start() == 0 or _BEHIND_UNIT.match(text, end.end()) is None:
            continue
        raw = _BEFORE_UNIT.split(text[: end.end()])[-1]
        raw = _PARTY.sub("", raw)
        unit = _split_unit(raw, gazetteer, f"{source} names {raw}")
        if unit is not None:
            return unit
    return None


def _split_unit(raw: str, gazetteer: Gazetteer, evidence: str) -> Unit | None:
    """Parents and unit of a run like 重庆市綦江区金桥镇; None where the unit is a common word."""
    for start in range(len(raw) - 1):
        named = gazetteer.name_unit(raw[start:])
        if named is None or not gazetteer.has_unit(named[0]):
            continue
        prefix = FILLER.sub("", raw[:start])
        places = parse_parents(prefix, gazetteer)
        if named[0] in gazetteer.common_words and not _lies_in(named[0], places, gazetteer):
            continue  # but 依安县中心镇 is one
        if not prefix or places:
            return Unit(named[0], named[1], tuple(places), evidence)
    unknown = _UNKNOWN_PARENTS.match(raw)
    prefix, places = strip_places(raw, gazetteer)
    if unknown is not None and not places:
        prefix = raw[unknown.end() :]
    named = gazetteer.name_unit(prefix)
    if named is None or named[0] in gazetteer.common_words or not 2 <= len(named[0]) <= _MAX_UNIT_CHARS:
        return None
    if named[1] not in gazetteer.unit_types.believed:
        return None
    return Unit(
        named[0], named[1], tuple(places), evidence, unknown.group() if unknown and not places else None
    )


def _lies_in(unit_name: str, places: Sequence[Place], gazetteer: Gazetteer) -> bool:
    """Whether a unit of that name lies in the innermost of these places, which must be a county."""
    return (
        bool(places)
        and places[-1].level == "county"
        and any(unit.county_code in places[-1].county_codes for unit in gazetteer.find_units(unit_name))
    )


def _unit_from_elsewhere(
    clean: CleanText, source_path: str, side: Mapping[str, str], gazetteer: Gazetteer
) -> Unit | None:
    """The unit by side file, page header, signature, file name, or what the text speaks of most."""
    labelled = [("side file", side.get("unit_name", ""))]
    labelled += [(f"header {name}", clean.fields.get(name, "")) for name in ("issuer", "source", "site_name")]
    labelled += [("closing line", line) for line in clean.text.rsplit("\n", 3)[1:]
                 if len(line) <= 30 and not STOP.search(line)]  # fmt: skip
    labelled += [("file name", part) for part in reversed(source_path.rsplit(".", 1)[0].split("/"))]
    for source, value in labelled:
        unit = _parse_unit(value, gazetteer, source) if value else None
        if unit is not None:
            return unit
    return _unit_by_mentions(clean.text, gazetteer)


def _unit_by_mentions(text: str, gazetteer: Gazetteer) -> Unit | None:
    """The township that the text itself speaks of: a subject of its beginning, named most often."""
    subjects = Counter(_subjects(text[:INTRO_CHARS], gazetteer))
    if subjects:
        mentions = {
            name: text.count(name.removesuffix("道") if name.endswith("街道") else name) for name in subjects
        }
        name = max(subjects, key=lambda one: 3 * subjects[one] + mentions[one])
        named = gazetteer.name_unit(name)
        kind = (
            gazetteer.find_units(name)[0].unit_type
            if gazetteer.find_units(name)
            else named[1]
            if named
            else None
        )
        return Unit(name, kind, (), f"the text begins with {name} and names it {mentions[name]} times")
    return None


def _subjects(intro: str, gazetteer: Gazetteer) -> Iterator[str]:
    """Township-level units that begin a clause or the title of a document: 《太平镇…计划》."""
    for clause in _CLAUSE.finditer(intro):
        run = _UNIT_RUN.match(intro, clause.end())
        if run is None:
            continue
        known = _known_unit(run.group(), gazetteer)
        if known is not None:
            yield known
        elif intro.count(run.group()) >= 2 and not any(
            run.group().endswith(word) for word in gazetteer.common_words
        ):
            named = gazetteer.name_unit(run.group())
            if named is not None:
                yield named[0]


def subject_place(intro: str, gazetteer: Gazetteer) -> Place | None:
    """A county, city or province, by full name, that begins a clause as the one who reports."""
    for clause in _CLAUSE.finditer(intro):
        places = gazetteer.match_place(intro, clause.end(), short=False)
        if places and _ACTS.match(intro, places[0].end):
            return places[0]
    return None


def _known_unit(run: str, gazetteer: Gazetteer) -> str | None:
    """The longest ending of a run like 重庆市綦江区金桥镇 that the gazetteer has behind a place or nothing."""
    for start in range(len(run) - 1):
        named = gazetteer.name_unit(run[start:])
        if named is None or named[0] in gazetteer.common_words or not gazetteer.has_unit(named[0]):
            continue
        if start == 0 or parse_places(FILLER.sub("", run[:start]), gazetteer):
            return named[0]
    return None
