"""Find the reporting unit (太平镇, 友谊路街道), or its level if it is not a township."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from orchestration.pipeline.chinese import ALL_HAN, ORDINAL_DIGITS, TOWNSHIP_KINDS, YEAR
from orchestration.pipeline.identify.evidence import Evidence, Unit
from orchestration.pipeline.identify.gazetteer import Gazetteer, Place
from orchestration.pipeline.identify.phrases import FILLER, OWN_WORDS, STOP, YEAR_RANGE
from orchestration.pipeline.identify.places import confirm_parents, parse_parents, parse_places, strip_places
from orchestration.pipeline.identify.scope import level_by_words, refuse_document
from orchestration.pipeline.identify.subjects import (
    find_short_street,
    find_subjects,
    name_alone_in_text,
    subject_place,
)
from orchestration.pipeline.vocabulary import AdminLevel

_BEHIND_UNIT = re.compile(
    rf"""
    人民政府 | 政府 | 党委 | 委 | 党工委 | 办事处 | 办 | 委员会 | 人大 | 司法所 | 综合 | 便民 | 党政  # e.g. 镇人民政府
    | 平安法治                                    # e.g. 镇平安法治办, who fills in a form
    | 关于 | 的 | [（(] | {YEAR} | 年度 | 本年 | 上一?年 | 上半年 | 第[一二三四]   # e.g. 镇2024年
    | 法治 | 法制 | 依法 | 推进 | 贯彻 | 落实 | 全面 | 开展 | 履行 | 扎实 | 深入 | 行政 | 主要   # e.g. 镇法治
    | 述法 | 述职 | 普法
    | [*＊×]{{2}} | $   # e.g. 镇**年; a masked year
    """,
    re.VERBOSE,
)
_BEFORE_UNIT = re.compile(rf"关于|报送|印发|{YEAR}年?度?|年度|[\s《“（(：:，,、；;。>]")
_PARTY = re.compile(r"^(?:中共|中国共产党|度)")
_PARTY_COMMITTEE = re.compile("(?<=[省市州盟县区旗])委(?!员)")  # 中共南湖区委南湖区人民政府
_UNIT_END = re.compile(
    rf"""
    街道办事处 | 地区办事处 | 街道办 | {TOWNSHIP_KINDS} | 街(?!道) | 农场 | 林场 | 牧场 | 团场
    | [{ORDINAL_DIGITS}百\d]团                                                # e.g. 一四三团
    | 办事处 | 管理区 | 管委会 | 开发区 | 园区 | 新区
    """,
    re.VERBOSE,
)
_MAY_END_COUNTY = ("区", "管委会", "委员会")  # 保定高新技术产业开发区, 苏州工业园区管理委员会
_ADMINISTRATION = re.compile(r"(?:党工委)?管(?:理委员|委)会$")
_MAX_UNIT_CHARS = 12
_MAX_STEM_CHARS = 6  # of 镇, 乡 and 街道; a longer stem has other words before the name
_PLAIN_KINDS = frozenset(("镇", "乡", "街道"))
_UNKNOWN_PARENTS = re.compile(
    rf"""
    (?:
        [{ALL_HAN}]{{2,7}}? (?: 省 | 自治区 | 市 | 自治州 | 盟 | 县 | 区 | 旗 ) (?!{TOWNSHIP_KINDS})
    )+                                       # e.g. 某某市某某县云溪镇
    (?=[{ALL_HAN}]{{2,}})                        # a unit's name follows
    """,
    re.VERBOSE,
)
_DEPARTMENT = re.compile(
    r"""
    (?:
        局 | 厅 | 委 | 委员会 | 委员会办公室 | 办公室 | 办公厅 | 政府办 | 院 | 所 | 站 | 总队 | 支队 | 大队 | 中队
      | 学校 | 大学 | 学院 | 小学 | 中学 | 公司 | 银行 | 集团 | 协会 | 中心 | 部 | 处
      | 法院 | 检察院 | 研究院 | 联合会 | 医院 | 管理处 | 服务中心 | 执法队
    )$                                          # e.g. 县司法局   市委办公室
    """,
    re.VERBOSE,
)
_OFFICE_OF_UNIT = re.compile(
    rf"""
    (?: 人民政府 | 党委 | 街道 )?
    ( [{ALL_HAN}]{{2,12}}? (?: 所 | 站 | 队 | 中心 | 局 | 分局 | 派出所 ) )
    (?= \d | 关于 | 年 )                # e.g. 便民服务中心2024   街道市场监管所关于
    """,
    re.VERBOSE,
)


def find_unit(evidence: Evidence) -> tuple[AdminLevel, Unit | None, str]:
    """Return the level, the township-level unit if any, and what decided.

    Raises:
        ValueError: a correction's level is not in the closed list.
    """
    corrections, clean, gazetteer = evidence.corrections, evidence.clean, evidence.gazetteer
    level = corrections.get("admin_level")
    if level is not None and level not in tuple(AdminLevel):
        raise ValueError(f"correction of admin_level: {level!r} is not one of {', '.join(AdminLevel)}")
    if "unit_name" in corrections and level in (None, AdminLevel.TOWNSHIP):
        named = gazetteer.name_unit(corrections["unit_name"]) or (corrections["unit_name"], None)
        return (
            AdminLevel.TOWNSHIP,
            Unit(named[0], named[1], (), "correction"),
            "unit by a reviewed correction",
        )
    found = _level_of_title(evidence)
    if level is None:
        refusal = refuse_document(clean, evidence.title, names_township=isinstance(found, Unit))
        if refusal is not None:
            return AdminLevel.UNKNOWN, None, refusal
    if level not in (None, AdminLevel.TOWNSHIP):
        return AdminLevel(str(level)), None, "level by a reviewed correction"
    if isinstance(found, Unit):
        return AdminLevel.TOWNSHIP, found, found.evidence
    if found is not None and level is None:
        return found[0], None, found[1]
    subject = subject_place(clean, gazetteer)
    if level is None and subject is not None and not OWN_WORDS[AdminLevel.TOWNSHIP].search(clean.text):
        place, office = subject
        begins = f"the text begins with {place.name}{office or ''}"
        return place.level if office is None else AdminLevel.DEPARTMENT, None, begins
    unit = _unit_from_elsewhere(evidence)
    if unit is not None:
        return AdminLevel.TOWNSHIP, unit, unit.evidence
    if level == AdminLevel.TOWNSHIP:
        return AdminLevel.TOWNSHIP, None, "level by a reviewed correction; no unit found"
    own_level, note = level_by_words(clean.text)
    find_alone = name_alone_in_text if own_level == AdminLevel.TOWNSHIP else find_short_street
    alone = find_alone(clean, gazetteer)
    if alone is not None:
        return AdminLevel.TOWNSHIP, alone, alone.evidence
    return own_level, None, note


def _level_of_title(evidence: Evidence) -> Unit | tuple[AdminLevel, str] | None:
    """Return the unit that a title names, or (level, evidence); None if it names neither."""
    gazetteer = evidence.gazetteer
    bare = YEAR_RANGE.sub("", evidence.title or "")
    unit = parse_unit(bare, gazetteer, "title")
    if unit is not None:
        rest = bare[bare.find(unit.name[:-1]) + len(unit.name) :]
        department = _OFFICE_OF_UNIT.match(rest)
        if department is not None:
            return AdminLevel.DEPARTMENT, f"title names {unit.name}{department.group(1)}"
        return unit
    org = re.split(
        rf"关于|{YEAR}|年度|法治|依法|推进|贯彻",  # without 法制, because 法制办公室 is an office
        re.sub(rf"^(?:关于)?(?:{YEAR}年?度?)?(?:报送|印发)?", "", bare),
    )[0]
    org = org.strip(" 的：:")
    if not org:
        return None
    if _is_county(org, gazetteer):
        return AdminLevel.COUNTY, f"title names {org}"
    if _DEPARTMENT.search(org) and not org.endswith(("人民政府", "街道办")):
        return AdminLevel.DEPARTMENT, f"title names {org}"
    bare_org = FILLER.sub("", _PARTY_COMMITTEE.split(org)[0])
    places = parse_places(bare_org, gazetteer)
    if places and places[-1].end < len(bare_org):
        return AdminLevel.UNKNOWN, f"title names {org}, a zone"  # 绵阳高新区 reports for itself, not for 绵阳
    if places:
        return places[-1].level, f"title names {org}"
    return None


def parse_unit(text: str, gazetteer: Gazetteer, source: str) -> Unit | None:
    """Return the first township-level unit in a title or an office's name, with its parents, or None."""
    for end in _UNIT_END.finditer(text):
        if end.start() == 0 or _BEHIND_UNIT.match(text, end.end()) is None:
            continue
        raw = _BEFORE_UNIT.split(text[: end.end()])[-1]
        if raw.startswith("中"):  # not 布拖县委只洛乡, where 委 begins the name
            raw = _PARTY_COMMITTEE.sub("", raw)
        raw = _PARTY.sub("", raw)
        unit = split_unit(raw, gazetteer, f"{source} names {raw}")
        if unit is not None:
            return unit
    return None


def split_unit(raw: str, gazetteer: Gazetteer, evidence: str) -> Unit | None:
    """Split a run like 重庆市綦江区金桥镇 into parents and unit; None for a common word or a county.

    The longest name in the gazetteer with only its parents before it wins.
    """
    if raw.endswith(_MAY_END_COUNTY) and _is_county(raw, gazetteer):
        return None
    behind: Unit | None = None  # the longest known name after unknown words
    for name, kind, prefix in _known_endings(raw, gazetteer):
        places = parse_parents(prefix, gazetteer)
        if name in gazetteer.common_words and not _lies_in(name, places, gazetteer):
            continue  # but 依安县中心镇 is a unit
        if not prefix or (places and confirm_parents(places, name, gazetteer)):
            return Unit(name, kind, tuple(places), evidence)
        if behind is None and name not in gazetteer.common_words:
            behind = Unit(name, kind, (), evidence)
    unknown = _UNKNOWN_PARENTS.match(raw)
    rest, places = strip_places(raw, gazetteer, short=False)
    if unknown is not None and not places:
        rest = raw[unknown.end() :]
    named = gazetteer.name_unit(rest)
    if (
        named is not None
        and named[1] in _PLAIN_KINDS
        and len(named[0]) > _MAX_STEM_CHARS + len(named[1])
        and behind
    ):
        return behind
    if named is None or named[0] in gazetteer.common_words or not 2 <= len(named[0]) <= _MAX_UNIT_CHARS:
        return None
    if named[1] not in gazetteer.unit_types.believed:
        return None
    parent = unknown.group() if unknown is not None and not places else None
    return Unit(named[0], named[1], tuple(places), evidence, parent)


def _is_county(name: str, gazetteer: Gazetteer) -> bool:
    """Return whether a name is a county's full name, with or without parents, or its administration's.

    天津市滨海新区, 保定高新技术产业开发区管委会; townships of other counties have such names too.
    """
    for printed in (name, _ADMINISTRATION.sub("", name)):
        places = parse_places(printed, gazetteer)
        if places:
            last = places[-1]
            return last.level == AdminLevel.COUNTY and last.is_full and last.end == len(printed)
    return False


def _known_endings(raw: str, gazetteer: Gazetteer) -> Iterator[tuple[str, str, str]]:
    """Yield (name, type, text before) for each ending of a run that the gazetteer has, longest first."""
    for start in range(len(raw) - 1):
        named = gazetteer.name_unit(raw[start:])
        if named is not None and gazetteer.has_unit(named[0]):
            yield named[0], named[1], FILLER.sub("", raw[:start])


def _lies_in(unit_name: str, places: Sequence[Place], gazetteer: Gazetteer) -> bool:
    """Return whether a unit of that name is in the innermost of these places, which must be a county."""
    return (
        bool(places)
        and places[-1].level == AdminLevel.COUNTY
        and any(unit.county_code in places[-1].county_codes for unit in gazetteer.find_units(unit_name))
    )


def _unit_from_elsewhere(evidence: Evidence) -> Unit | None:
    """Return the unit from side file, page header, signature, file or folder name, or the text's subject."""
    clean, gazetteer = evidence.clean, evidence.gazetteer
    labelled = [("side file", evidence.side.get("unit_name", ""))]
    labelled += [(f"header {name}", clean.fields.get(name, "")) for name in ("issuer", "source", "site_name")]
    labelled += [("closing line", line) for line in clean.text.rsplit("\n", 3)[1:]
                 if len(line) <= 30 and not STOP.search(line)]  # fmt: skip
    *folders, name = evidence.source_path.rsplit(".", 1)[0].split("/")
    labelled += [("file name", name)]
    labelled += [("folder", part) for part in reversed(folders) if not parse_places(part, gazetteer)]
    for source, value in labelled:
        unit = parse_unit(value, gazetteer, source) if value else None
        if unit is not None:
            return unit
    return find_subjects(clean, gazetteer)
