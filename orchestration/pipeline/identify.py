"""Whose report a clean text is: title, unit, place, year and dates, with the evidence.

Every decision keeps what decided it. Where several townships of one name fit and nothing
tells them apart the report is `ambiguous` with the candidates listed; nothing is guessed.
The order in which sources are believed: reviewed corrections, the title, the side file,
a county printed right before the unit, folder names, the page's header, codes, and last
what the body mentions.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from itertools import islice
from typing import Any

from orchestration.pipeline.gazetteer import County, Gazetteer, Place
from orchestration.pipeline.ingest import CleanText
from orchestration.pipeline.records import Document, Township

_HAN_DIGITS = {digit: str(value) for value, digit in enumerate("〇一二三四五六七八九")} | {
    "○": "0",
    "零": "0",
    "Ｏ": "0",
}
# Each pattern begins with its own first characters, lookbehind after them: so the search can skip to them.
_YEAR = r"(?:19\d\d|20\d\d|二[〇○零0Oo一二三四五六七八九]{3})"
_WHOLE_YEAR = rf"({_YEAR})(?<!\d.{{4}})"  # no digit before it
_YEAR_IN_TITLE = re.compile(rf"{_WHOLE_YEAR}(?:\s*年度?|(?=法治|依法|度))?")
_TO_YEAR = rf"\s*年?\s*[-—–~～至到]+\s*{_YEAR}\s*年?"
_YEAR_RANGE = re.compile(rf"{_YEAR}{_TO_YEAR}")
_YEAR_IN_TEXT = re.compile(rf"{_WHOLE_YEAR}\s*年")
_YEAR_OR_RANGE = re.compile(rf"({_YEAR})(?:({_TO_YEAR})|(?<!\d.{{4}})\s*年)")
_PLAN_WORDS = re.compile(r"计划|安排|打算|思路|要点|规划|目标|展望|谋划")
_WORK_WORDS = re.compile(r"举措|成效|情况|总结|工作|做法|开展|履行|成绩|回顾|完成|进展")
_REPORT_PHRASE = re.compile(rf"{_WHOLE_YEAR}\s*年?度?[^。；，]{{0,40}}(?:报告|汇报|总结|通报|公布|公开)如下")
_HEADING = re.compile(
    r"\n(?:[一二三四五六七八九十]{1,3}[、.．]|[（(][一二三四五六七八九十]{1,3}[）)])(..[^。；\n]{0,58}+)(?:[。；]|$)",
    re.MULTILINE,
)
_DATE = re.compile(
    r"(?P<y>\d{4}|[二一][〇○零0Oo一二三四五六七八九]{3})\s*[年./-]\s*(?P<m>\d{1,2}|[一二三四五六七八九十]{1,3})\s*[月./-]\s*"
    r"(?P<d>\d{1,2}|[一二三四五六七八九十]{1,3})"
)
_BEHIND_UNIT = re.compile(
    rf"人民政府|政府|党委|党工委|办事处|办|委员会|人大|司法所|综合|便民|关于|的|[（(]|{_YEAR}|年度|法治|法制|依法|推进|贯彻|落实|全面|开展|履行"
    r"|本年|上一?年|扎实|深入|第[一二三四]|上半年|$"
)
_BEFORE_UNIT = re.compile(rf"关于|报送|印发|{_YEAR}年?度?|年度|[\s《“（(：:，,、；;。>]")
_PARTY = re.compile(r"^(?:中共|中国共产党|度)")
_UNIT_END = re.compile(
    "街道办事处|地区办事处|街道办|街道|苏木|镇|乡|街(?!道)|农场|林场|办事处|管理区|管委会|开发区|园区|新区"
)
_MAX_UNIT_CHARS = 12
_CLAUSE = re.compile(
    rf"(?:^|[\n，,。；;《“(（:：])\s*(?:现[将就]|为|按照|根据)?(?:{_YEAR}年?(?:度|以来|来)?[，,]?)?"
)
_ACTS = re.compile(r"(?:人民)?(?:政府)?(?:坚持|深入|全面|认真|始终|以|严格|紧紧|扎实|在|持续)")
_COUNTY_ENDS = ("县", "区", "旗", "市")
_UNKNOWN_PARENTS = re.compile(
    r"(?:[\u4e00-\u9fff]{2,7}?(?:省|自治区|市|自治州|盟|县|区|旗)(?!镇|乡|街道))+(?=[\u4e00-\u9fff]{2,})"
)
_UNIT_RUN = re.compile(r"[\u4e00-\u9fff]{2,12}?(?:街道|街(?![道街])|苏木|镇|乡(?!镇))")
_FILLER = re.compile(r"中共|中国共产党|人民政府|政府|委员会|党委|关于|报送|印发|市辖区|[\s、，,：:·-]")
_DEPARTMENT = re.compile(
    r"(?:局|厅|委|委员会|委员会办公室|办公室|办公厅|政府办|院|所|站|总队|支队|大队|中队|学校|大学|学院|小学|中学|公司|银行|集团|协会|中心|部|处"
    r"|法院|检察院|研究院|联合会|医院|管理处|服务中心|执法队)$"
)
_OFFICE_OF_UNIT = re.compile(
    r"(?:人民政府|党委|街道)?([\u4e00-\u9fff]{2,12}?(?:所|站|队|中心|局|分局|派出所))(?=\d|关于|年)"
)
_OTHER_DOCUMENT = re.compile(
    r"解读|工作方案|实施方案|实施意见|工作要点|工作计划|通知|办法|规定|制度|公示|名单|清单|规划|讲话|政府信息公开|预算|决算|招标|采购"
)
_REPORT_WORDS = re.compile(r"报告|总结|汇报|年报|情况|小结|自查|述职")
_TOPIC = re.compile(r"法治|依法行政|依法治|法制")
_TEMPLATE = re.compile(
    r"[xX×＊*某2二（(【\[_](?:(?<=[xX×＊*])[xX×＊*]+[镇乡街县区市年]|(?<=某)[某镇乡县区]|(?<=2)0[xX×*]{2}|(?<=二)〇[xX×]{2}"
    r"|(?<=[（(【\[])[镇乡县区街道]{1,2}名称?[）)】\]]|(?<=_)_+[镇乡街县区])"
)
_TEMPLATE_TITLE = re.compile(
    r"范文|模板|样本|参考格式"
)  # in a body they are templates of contracts and the like
_OWN_WORDS = {
    "township": re.compile(
        r"[我本全][镇乡]|[我本]街道?|[镇乡]党委|街道党工委|[镇乡]政府|苏木党委|[我本]苏木|街道(?:办事处|平安办|司法所|内设)"
    ),
    "county": re.compile(r"[我全][县旗]|[我]区|县政府各|区政府各"),
    "city": re.compile(r"我市"),
    "province": re.compile(r"我省|我区各盟"),
    "department": re.compile(r"[我本全]局|[我本]委|[我本]厅|[我本]所|[我本]单位"),
}
_LEVELS = ("township", "county", "city", "province", "department", "unknown")
# GB/T 2260 code in an index number: 11500110588903728C (credit code), LH331082-071, 6207250034, 370481.
_CODE = re.compile(r"(?<![0-9])(?:1[0-9](?=[0-9]{6}[0-9A-Z]{9,10}(?![0-9A-Z])))?([1-6]\d{5})")
_SUPERIOR = re.compile(r"([县区旗市])(?<!治.)(?:委|政府|人民政府)(?!员会办公厅)")
_INTRO_CHARS = 700
_STOP = re.compile(r"[。；，,;]")


@dataclass(frozen=True, slots=True)
class _Unit:
    """A township-level unit as a source names it."""

    name: str
    unit_type: str | None
    parents: tuple[Place, ...]  # printed right before it
    evidence: str
    unknown_parent: str | None = None  # a county printed before it that the gazetteer lacks


@dataclass(slots=True)
class _Search:
    """Candidates for one unit, narrowed source by source."""

    unit: _Unit
    candidates: list[Township]
    notes: list[str] = field(default_factory=list)
    county: County | None = None
    resolution: str = "unresolved"


def identify_report(
    clean: CleanText,
    *,
    report_id: str,
    source_path: str,
    side_metadata: Mapping[str, Any] | None,
    gazetteer: Gazetteer,
    corrections: Mapping[str, str] | None = None,
) -> Document:
    """Fill in every field of a report's identity.

    Args:
        clean: the cleaned text with the facts of its page header.
        report_id: first 16 hex digits of the file's sha256.
        source_path: relative to the reports folder; folder names and file name are evidence.
        side_metadata: the object of NAME.meta.json, if there is one.
        gazetteer: all townships.
        corrections: reviewed decisions, field → value; they win over everything.

    Returns:
        The document; `correction_ids` is left to the caller.

    Raises:
        ValueError: a correction whose value is no valid date, year, level or county code.
    """
    fixed = dict(corrections or {})
    side = {key: str(value) for key, value in (side_metadata or {}).items() if value not in (None, "")}
    title = fixed.get("title") or clean.title or side.get("title") or _title_from_path(source_path)
    level, unit, level_note = _find_unit(clean, title, source_path, side, gazetteer, fixed)
    search = _locate(clean, unit, source_path, side, gazetteer, fixed) if unit is not None else None
    published_on = _pick_date("published_on", fixed, clean.fields, side)
    document_date = _pick_date("document_date", fixed, clean.fields, side) or _find_closing_date(clean)
    year, year_note = _find_year(clean, title, side, published_on, document_date, fixed)
    county = search.county if search is not None else _find_own_county(clean, title, level, gazetteer)
    unit_name = unit.name if unit is not None else None
    unit_type = unit.unit_type if unit is not None else None
    if unit is None and level in ("county", "city", "province") and county is not None:
        unit_name = {"county": county.name, "city": county.city_name, "province": county.province_name}[level]
    notes = [level_note, *(search.notes if search is not None else ())]
    has_county = county is not None and level in ("township", "county", "department")
    has_city = county is not None and level not in ("province", "unknown")
    resolution = (
        search.resolution if search is not None else ("stated" if county is not None else "unresolved")
    )
    ambiguous = search is not None and resolution == "ambiguous"
    return Document(
        report_id=report_id,
        text=clean.text,
        original_text=clean.original_text,
        text_sha256=hashlib.sha256(clean.text.encode("utf-8")).hexdigest(),
        char_count=len(clean.text),
        title=title,
        admin_level=level,
        unit_name=unit_name,
        unit_type=unit_type,
        township_key=f"{county.code}-{unit_name}"
        if level == "township" and county is not None and unit_name
        else None,
        county_name=county.name if county is not None and has_county else None,
        county_code=county.code if county is not None and has_county else None,
        city_name=county.city_name if county is not None and has_city else None,
        province_name=county.province_name if county is not None and level != "unknown" else None,
        resolution=resolution,
        resolution_evidence="; ".join(note for note in notes if note) or None,
        candidates=json.dumps(sorted(one.township_key for one in search.candidates), ensure_ascii=False)
        if ambiguous and search is not None
        else None,
        report_year=year,
        report_year_evidence=year_note,
        published_on=published_on,
        document_date=document_date,
        index_number=fixed.get("index_number")
        or clean.fields.get("index_number")
        or side.get("index_number"),
        document_number=fixed.get("document_number")
        or clean.fields.get("document_number")
        or side.get("document_number"),
        issuer=fixed.get("issuer") or clean.fields.get("issuer") or side.get("issuer"),
        source_url=side.get("source_url") or clean.fields.get("source_url"),
        correction_ids=None,
    )


# --- who ------------------------------------------------------------------------------


def _find_unit(
    clean: CleanText,
    title: str | None,
    source_path: str,
    side: Mapping[str, str],
    gazetteer: Gazetteer,
    fixed: Mapping[str, str],
) -> tuple[str, _Unit | None, str]:
    """Level, township-level unit if it is one, and what decided."""
    level = fixed.get("admin_level")
    if level is not None and level not in _LEVELS:
        raise ValueError(f"correction of admin_level: {level!r} is none of {', '.join(_LEVELS)}")
    if "unit_name" in fixed and level in (None, "township"):
        named = gazetteer.name_unit(fixed["unit_name"]) or (fixed["unit_name"], None)
        return "township", _Unit(named[0], named[1], (), "correction"), "unit by a reviewed correction"
    refusal = _refuse_document(clean, title) if level is None else None
    if refusal is not None:
        return "unknown", None, refusal
    found = _level_of_title(title or "", clean, gazetteer)
    if level not in (None, "township"):
        return str(level), None, "level by a reviewed correction"
    if found is not None:
        if isinstance(found, _Unit):
            return "township", found, found.evidence
        if level is None:
            return found[0], None, found[1]
    unit = _unit_from_elsewhere(clean, source_path, side, gazetteer)
    if unit is not None:
        return "township", unit, unit.evidence
    if level == "township":
        return "township", None, "level by a reviewed correction; no unit found"
    place = _subject_place(clean.text[:_INTRO_CHARS], gazetteer)
    if place is not None and not _OWN_WORDS["township"].search(clean.text):
        return place.level, None, f"the text begins with {place.name}"
    return _level_by_words(clean.text)


def _refuse_document(clean: CleanText, title: str | None) -> str | None:
    """Why a text is no rule-of-law report of anyone, or None."""
    intro = (title or "") + clean.text[:_INTRO_CHARS]
    template = _TEMPLATE.search(intro) or _TEMPLATE_TITLE.search(title or "")
    if template is not None:
        return f"a template: {template.group()}"
    if (
        title is not None
        and _OTHER_DOCUMENT.search(title)
        and not _REPORT_WORDS.search(_OTHER_DOCUMENT.sub("", title))
    ):
        return f"another kind of document: {title}"
    if title is not None and "解读" in title:
        return f"another kind of document: {title}"
    says_so = title is not None and _TOPIC.search(title) and _REPORT_WORDS.search(title)
    if not says_so and (not _TOPIC.search(intro) or len(list(islice(_TOPIC.finditer(clean.text), 2))) < 2):
        return "not about the rule of law"
    if (
        title is None
        and "如下" not in clean.text[:1500]
        and "报告" not in clean.text[:_INTRO_CHARS]
        and not (_OWN_WORDS["township"].search(clean.text) and _find_headings(clean.text))
    ):
        return "no title and no words of a report"
    return None


def _level_of_title(title: str, clean: CleanText, gazetteer: Gazetteer) -> _Unit | tuple[str, str] | None:
    """The unit, or level and evidence, that a title names; None where it names nobody."""
    bare = _YEAR_RANGE.sub("", title)
    unit = _parse_unit(bare, gazetteer, "title")
    if unit is not None:
        rest = bare[bare.find(unit.name[:-1]) + len(unit.name) :]
        department = _OFFICE_OF_UNIT.match(rest)
        if department is not None:
            return "department", f"title names {unit.name}{department.group(1)}"
        return unit
    org = re.split(
        rf"关于|{_YEAR}|年度|法治|依法|推进|贯彻",
        re.sub(rf"^(?:关于)?(?:{_YEAR}年?度?)?(?:报送|印发)?", "", bare),
    )[0]
    org = org.strip(" 的：:")
    if not org:
        return None
    if _DEPARTMENT.search(org) and not org.endswith(("人民政府", "街道办")):
        return "department", f"title names {org}"
    places = _parse_places(_FILLER.sub("", org), gazetteer)
    if places:
        return places[-1].level, f"title names {org}"
    return None


def _parse_unit(text: str, gazetteer: Gazetteer, source: str) -> _Unit | None:
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


def _split_unit(raw: str, gazetteer: Gazetteer, evidence: str) -> _Unit | None:
    """Parents and unit of a run like 重庆市綦江区金桥镇; None where the unit is a common word."""
    for start in range(len(raw) - 1):
        named = gazetteer.name_unit(raw[start:])
        if named is None or not gazetteer.has_unit(named[0]):
            continue
        prefix = _FILLER.sub("", raw[:start])
        places = _parse_parents(prefix, gazetteer)
        if named[0] in gazetteer.common_words and not _lies_in(named[0], places, gazetteer):
            continue  # but 依安县中心镇 is one
        if not prefix or places:
            return _Unit(named[0], named[1], tuple(places), evidence)
    unknown = _UNKNOWN_PARENTS.match(raw)
    prefix, places = _strip_places(raw, gazetteer)
    if unknown is not None and not places:
        prefix = raw[unknown.end() :]
    named = gazetteer.name_unit(prefix)
    if named is None or named[0] in gazetteer.common_words or not 2 <= len(named[0]) <= _MAX_UNIT_CHARS:
        return None
    if named[1] not in gazetteer.unit_types.believed:
        return None
    return _Unit(
        named[0], named[1], tuple(places), evidence, unknown.group() if unknown and not places else None
    )


def _lies_in(unit_name: str, places: Sequence[Place], gazetteer: Gazetteer) -> bool:
    """Whether a unit of that name lies in the innermost of these places, which must be a county."""
    return (
        bool(places)
        and places[-1].level == "county"
        and any(unit.county_code in places[-1].county_codes for unit in gazetteer.find_units(unit_name))
    )


def _parse_parents(prefix: str, gazetteer: Gazetteer) -> list[Place]:
    """Places before a unit; where an outer one is unknown, the county right before it: 雄安新区雄县."""
    for cut in range(len(prefix) - 1):
        places = _parse_places(prefix[cut:], gazetteer)
        if places and (cut == 0 or (places[-1].level == "county" and places[-1].name.endswith(_COUNTY_ENDS))):
            return places
    return []


def _parse_places(text: str, gazetteer: Gazetteer) -> list[Place]:
    """Places that make up all of a text, outermost first; empty if something is left over."""
    rest, places = _strip_places(text, gazetteer)
    return places if not rest else []


def _strip_places(text: str, gazetteer: Gazetteer) -> tuple[str, list[Place]]:
    """What is left of a text after the names of places at its beginning, and those places."""
    places: list[Place] = []
    at = 0
    order = {"province": 0, "city": 1, "county": 2}
    while at < len(text):
        filler = _FILLER.match(text, at)
        if filler is not None:
            at = filler.end()
            continue
        floor = order[places[-1].level] if places else -1
        codes = places[-1].county_codes if places else None
        is_unit = gazetteer.name_unit(text[at:]) is not None  # 城关镇: leave something for the unit
        options = [
            place
            for place in gazetteer.match_place(text, at)
            if order[place.level] > floor
            and (codes is None or codes & place.county_codes)
            and (not is_unit or place.end + 1 < len(text))
        ]
        if not options:
            break
        longest = max(options, key=lambda place: (place.end, order[place.level]))
        # 重庆市 and 北京市 are province and city at once: the wider reading leaves more to come.
        same = [place for place in options if place.end == longest.end]
        chosen = same[0] if len(same) == 1 else _choose_reading(same, text)
        places.append(chosen)
        at = chosen.end
    return text[at:], places


def _choose_reading(readings: Sequence[Place], text: str) -> Place:
    """Of province and city with one name the province; a county only where its full name stands."""
    full = [place for place in readings if place.name.endswith(("县", "区", "旗"))]
    if full:
        return full[0]
    return min(readings, key=lambda place: ("province", "city", "county").index(place.level))


def _unit_from_elsewhere(
    clean: CleanText, source_path: str, side: Mapping[str, str], gazetteer: Gazetteer
) -> _Unit | None:
    """The unit by side file, page header, signature, file name, or what the text speaks of most."""
    labelled = [("side file", side.get("unit_name", ""))]
    labelled += [(f"header {name}", clean.fields.get(name, "")) for name in ("issuer", "source", "site_name")]
    labelled += [("closing line", line) for line in clean.text.rsplit("\n", 3)[1:]
                 if len(line) <= 30 and not _STOP.search(line)]  # fmt: skip
    labelled += [("file name", part) for part in reversed(source_path.rsplit(".", 1)[0].split("/"))]
    for source, value in labelled:
        unit = _parse_unit(value, gazetteer, source) if value else None
        if unit is not None:
            return unit
    return _unit_by_mentions(clean.text, gazetteer)


def _unit_by_mentions(text: str, gazetteer: Gazetteer) -> _Unit | None:
    """The township that the text itself speaks of: a subject of its beginning, named most often."""
    subjects = Counter(_subjects(text[:_INTRO_CHARS], gazetteer))
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
        return _Unit(name, kind, (), f"the text begins with {name} and names it {mentions[name]} times")
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


def _subject_place(intro: str, gazetteer: Gazetteer) -> Place | None:
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
        if start == 0 or _parse_places(_FILLER.sub("", run[:start]), gazetteer):
            return named[0]
    return None


def _level_by_words(text: str) -> tuple[str, None, str]:
    counts = {level: len(pattern.findall(text)) for level, pattern in _OWN_WORDS.items()}
    level = max(counts, key=lambda name: counts[name])
    if counts[level] < 2:
        return "unknown", None, "nothing says whose report it is"
    return level, None, f"{counts[level]} words of a {level}'s own report; no unit named"


# --- where ----------------------------------------------------------------------------


def _locate(
    clean: CleanText,
    unit: _Unit,
    source_path: str,
    side: Mapping[str, str],
    gazetteer: Gazetteer,
    fixed: Mapping[str, str],
) -> _Search:
    """Find the county of a unit, from the most trusted source to the least."""
    search = _Search(unit, list(gazetteer.find_units(unit.name)))
    if "county_code" in fixed:
        county = gazetteer.counties.get(fixed["county_code"])
        if county is None:
            raise ValueError(f"correction of county_code: no county has the code {fixed['county_code']!r}")
        search.county, search.resolution = county, "stated"
        search.notes.append("county by a reviewed correction")
        return search
    if unit.unknown_parent is not None:
        search.candidates = []
        search.notes.append(f"the gazetteer has no {unit.unknown_parent}")
        return search
    if not search.candidates:
        search.candidates = list(gazetteer.find_unit_variants(unit.name))
        if search.candidates:
            search.notes.append("the gazetteer has the name with another ending")
    for source, places, trusted in _stated_sources(clean, unit, source_path, side, gazetteer):
        if _narrow(search, source, places, trusted, gazetteer):
            return search
    return _infer(search, clean, gazetteer)


def _stated_sources(
    clean: CleanText, unit: _Unit, source_path: str, side: Mapping[str, str], gazetteer: Gazetteer
) -> Iterable[tuple[str, Sequence[Place], bool]]:
    """Places by source, most trusted first.

    The flag says whether a county there is believed even when the gazetteer does not list
    the unit in it.
    """
    yield "title" if unit.evidence.startswith("title") else unit.evidence, unit.parents, True
    for key in ("county_code", "county", "city", "province"):
        if key in side:
            yield f"side file {key}", _places_of(side[key], gazetteer), True
    yield "printed before the unit", _places_before(clean.text, unit.name, gazetteer), True
    folders = [
        place for part in source_path.split("/")[:-1] for place in _places_of(part.strip("!"), gazetteer)
    ]
    yield "folder", folders, True
    yield "file name", list(gazetteer.spot_places(source_path.rsplit("/", 1)[-1])), False
    for key in ("source", "issuer", "breadcrumb", "site_name", "page_title"):
        value = clean.fields.get(key, "")
        if value:
            yield (
                f"header {key} {value[:30]}",
                list(gazetteer.spot_places(value)) or _places_of(value, gazetteer),
                False,
            )
    yield "page header", list(gazetteer.spot_places(clean.header)), False
    for key in ("index_number", "site_code"):
        for code in _CODE.findall(clean.fields.get(key, "")):
            if code in gazetteer.counties or code in gazetteer.former_codes:
                yield f"{key} has {code}", _places_of(code, gazetteer), False
    yield "page footer", list(gazetteer.spot_places(clean.footer)), False


def _places_of(value: str, gazetteer: Gazetteer) -> list[Place]:
    """Places of a value that is nothing else: 铜梁区, 重庆市铜梁区, 铜梁 or 500151."""
    if value.isdigit() and len(value) == 6:
        value = gazetteer.former_codes.get(value, value)
        if value in gazetteer.counties:
            return [Place(gazetteer.counties[value].name, "county", frozenset((value,)), 0, 6)]
        for digits, level in ((4, "city"), (2, "province")):
            if value.endswith("0" * (6 - digits)):
                codes = frozenset(code for code in gazetteer.counties if code.startswith(value[:digits]))
                return [Place(value, level, codes, 0, 6)] if codes else []
        return []
    return _parse_places(_FILLER.sub("", value), gazetteer)


def _places_before(text: str, unit_name: str, gazetteer: Gazetteer) -> list[Place]:
    """County names that stand right before the unit's name somewhere in the text."""
    found: list[Place] = []
    at = text.find(unit_name)
    while at >= 0:
        before = text[max(0, at - 12) : at]
        places = list(gazetteer.spot_places(before))
        if places and places[-1].end == len(before):
            found.extend(places)
        at = text.find(unit_name, at + 1)
    return found


def _narrow(
    search: _Search, source: str, places: Sequence[Place], trusted: bool, gazetteer: Gazetteer
) -> bool:
    """Take what one source says; true when it settles the county."""
    if not places:
        return False
    within: frozenset[str] = frozenset()
    for place in places:
        within = (within & place.county_codes or within) if within else place.county_codes
    counties = [place for place in places if place.level == "county"]
    fitting = [
        one for one in search.candidates if any(one.county_code in place.county_codes for place in counties)
    ]
    fitting = [one for one in fitting if one.county_code in within] or fitting
    codes = {one.county_code for one in fitting}
    names = "".join(dict.fromkeys(place.name for place in places))
    if len(codes) == 1:
        _settle(search, gazetteer.counties[codes.pop()], "stated", f"{source}: {names}")
        return True
    if counties and not fitting and trusted:
        named = set.intersection(*(set(place.county_codes) for place in counties)) & set(within)
        if len(named) == 1:
            _settle(search, gazetteer.counties[named.pop()], "stated",
                    f"{source}: {names}; the gazetteer does not list {search.unit.name} there")  # fmt: skip
            return True
    if fitting:
        search.candidates = fitting
        return False
    wider = [place for place in places if place.level != "county"]
    for place in wider:
        inside = [one for one in search.candidates if one.county_code in place.county_codes]
        if inside and len(inside) < len(search.candidates):
            search.candidates = inside
            search.notes.append(f"{source}: {place.name}")
    if (
        wider
        and trusted
        and len({one.county_code for one in search.candidates}) == 1
        and any(search.candidates[0].county_code in place.county_codes for place in wider)
    ):
        _settle(
            search,
            gazetteer.counties[search.candidates[0].county_code],
            "inferred",
            f"the only one in {names}",
        )
        return True
    return False


def _settle(search: _Search, county: County, resolution: str, note: str) -> None:
    search.county, search.resolution = county, resolution
    search.notes.append(note)


def _infer(search: _Search, clean: CleanText, gazetteer: Gazetteer) -> _Search:
    """Weigh what the body mentions: county names, law firms, courts, document numbers."""
    text = f"{clean.header}\n{clean.text}\n{clean.footer}"
    spotted = Counter((place.name, place.level, place.county_codes) for place in gazetteer.spot_places(text))
    _narrow_by_superior(search, clean.text)
    by_county = {one.county_code: one for one in search.candidates}
    initials = _find_initials(text)
    scores = {
        code: _score_county(gazetteer.counties[code], text, spotted, initials, search.unit.name)
        for code in by_county
    }
    ranked = sorted(scores.items(), key=lambda item: -item[1][0])
    others = [
        (count, name)
        for (name, level, codes), count in spotted.items()
        if level == "county" and not codes & by_county.keys() and len(codes) == 1
    ]
    if len(ranked) == 1:
        code, (score, words) = ranked[0]
        foreign = max(others, default=(0, ""))
        if score > 0:
            _settle(search, gazetteer.counties[code], "inferred", f"the text has {', '.join(words)}")
        elif foreign[0] < 2:
            _settle(search, gazetteer.counties[code], "inferred", f"the only {search.unit.name} that fits")
        else:
            search.resolution = "ambiguous"
            search.notes.append(
                f"the only {search.unit.name} is in {by_county[code].county_name}, the text has {foreign[1]}"
            )
        return search
    if ranked and ranked[0][1][0] > 0 and ranked[0][1][0] >= 1.5 * ranked[1][1][0]:
        code, (_, words) = ranked[0]
        _settle(search, gazetteer.counties[code], "inferred", f"the text has {', '.join(words)}")
        return search
    if not ranked and others:
        (count, name), *more = sorted(others, reverse=True)
        if count >= 2 and (not more or count >= 2 * more[0][0]):
            _settle(
                search, gazetteer.find_counties(name)[0], "inferred", f"the text has {name} {count} times"
            )
            return search
    if ranked:
        top = ranked[0][1][0]
        search.candidates = [by_county[code] for code, (score, _) in ranked if score >= top * 0.67]
        search.resolution = "ambiguous"
        search.notes.append(f"{len(search.candidates)} townships are called {search.unit.name}")
    else:
        search.notes.append(f"the gazetteer has no {search.unit.name}")
    return search


def _narrow_by_superior(search: _Search, text: str) -> None:
    """Keep candidates of the kind of superior that the text names: 区委、区政府 is a district's.

    A county-level 市 shows only where neither 县 nor 区 nor 旗 is named, for every
    township's report speaks of its prefecture's 市委 too.
    """
    if len(search.candidates) < 2:
        return
    named = Counter(_SUPERIOR.findall(text))
    kind = max(("县", "区", "旗"), key=lambda one: named[one])
    if not named[kind]:
        kind = "市"
    fitting = [one for one in search.candidates if one.county_name.endswith(kind)]
    if named[kind] and fitting and len(fitting) < len(search.candidates):
        search.candidates = fitting
        search.notes.append(f"its superior is a {kind}")


def _score_county(
    county: County,
    text: str,
    spotted: Mapping[tuple[str, str, frozenset[str]], int],
    initials: Mapping[str, str],
    unit_name: str,
) -> tuple[float, list[str]]:
    """How strongly a text speaks of a county, and the words that do.

    Args:
        spotted: full names of places in the text, counted.
        initials: what `_find_initials` found there.
    """
    score = 0.0
    words: list[str] = []
    for (name, level, codes), count in spotted.items():
        if county.code in codes:
            score += {"county": 3.0, "city": 1.5, "province": 0.5}[level] * min(count, 3)
            words.append(name)
    short = county.short_name
    if len(short) < 2 or short in unit_name:
        return score, words
    if around := _find_county_words(text, short):
        score += 2.5
        words.append(around)
    if short[0] in initials:
        score += 1.5
        words.append(initials[short[0]])
    city = county.city_name.removesuffix("市")
    if score == 0 and len(city) >= 2 and city in text and city != unit_name[: len(city)]:
        score += 0.6
        words.append(city)
    return score, words


_PRAISES = ("法治", "平安", "数字", "美丽", "大美", "幸福")  # 法治铜梁
_LAW_FIRM = re.compile(r"[）)][^，。]{0,6}律师")  # （铜梁）律师事务所
_COUNTY_WORDS = re.compile(
    r"[^，。]{0,4}律师事务所|(?:县|区|市|旗)?(?:人民)?(?:法院|检察院|公安|司法局|区委|县委|市委|融媒)"
    r"|[府政委办法][^，。〔\[【（(]{0,6}[〔\[【（(]\d{4}|(?:县|区|市|旗)(?!人)"
)


def _find_county_words(text: str, short_name: str) -> str | None:
    """The first words around a county's short name that show a county is meant: 铜梁法院, 平安铜梁."""
    start = text.find(short_name)
    while start >= 0:
        end = start + len(short_name)
        if text.startswith(_PRAISES, max(start - 2, 0), start):
            return text[start - 2 : end]
        if text.startswith(("（", "("), max(start - 1, 0), start) and (match := _LAW_FIRM.match(text, end)):
            return text[start - 1 : match.end()]
        if match := _COUNTY_WORDS.match(text, end):
            return text[start : match.end()]
        start = text.find(short_name, end)
    return None


_BRACKETED_YEAR = re.compile(r"[〔\[【（(]\d{4}")
_INITIAL = re.compile(r"(?<![\u4e00-\u9fff])([\u4e00-\u9fff])(?=([府政委办党法][^，。〔\[【（(]{0,5})\Z)")
_MAX_ISSUER_CHARS = 7  # of 铜府办


def _find_initials(text: str) -> dict[str, str]:
    """The first document number of each initial, without its year: 铜府办 of 铜府办〔2024〕15号."""
    found: dict[str, str] = {}
    for year in _BRACKETED_YEAR.finditer(text):
        for match in _INITIAL.finditer(text, max(0, year.start() - _MAX_ISSUER_CHARS), year.start()):
            found.setdefault(match[1], match[1] + match[2])
    return found


def _find_own_county(clean: CleanText, title: str | None, level: str, gazetteer: Gazetteer) -> County | None:
    """A county inside the place whose own report it is (any, where that place is a city)."""
    if level not in ("county", "city", "province", "department"):
        return None
    text = (
        f"{title or ''}\n{clean.fields.get('source', '')}\n{clean.fields.get('issuer', '')}\n{clean.header}"
    )
    org = re.split(rf"关于|{_YEAR}", title or "")[0]
    places = _strip_places(_FILLER.sub("", org), gazetteer)[1] or list(gazetteer.spot_places(text))
    if not places:
        subject = _subject_place(clean.text[:_INTRO_CHARS], gazetteer)
        places = [subject] if subject is not None else []
    wanted = [place for place in places if place.level == level or level == "department"]
    if not wanted:
        return None
    codes = wanted[-1].county_codes
    if level in ("county", "department") and len(codes) != 1:
        for place in places:
            codes = codes & place.county_codes or codes
        if len(codes) != 1:
            return None
    return gazetteer.counties[min(codes)]


# --- when -----------------------------------------------------------------------------


def _title_from_path(source_path: str) -> str | None:
    """A file name that reads as a title: 太平镇2024年法治政府建设情况报告.docx."""
    stem = source_path.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return stem if _TOPIC.search(stem) and _REPORT_WORDS.search(stem) else None


@lru_cache(maxsize=1024)
def _to_year(digits: str) -> int:
    return int("".join(_HAN_DIGITS.get(char, char) for char in digits.replace("O", "0").replace("o", "0")))


_Votes = Iterator[tuple[int, float, str]]  # year, weight, reason


def _find_year(
    clean: CleanText,
    title: str | None,
    side: Mapping[str, str],
    published_on: date | None,
    document_date: date | None,
    fixed: Mapping[str, str],
) -> tuple[int | None, str | None]:
    """The year reported on and the evidence that weighed most."""
    if "report_year" in fixed:
        return int(fixed["report_year"]), "reviewed correction"
    text, years = _find_years(clean.text.removeprefix(title or "").lstrip("\n"))
    votes: dict[int, list[tuple[float, str]]] = {}
    for source in (
        _vote_by_side_file(side),
        _vote_by_title(_YEAR_RANGE.sub("", title or "")),
        _vote_by_introduction(text[:_INTRO_CHARS]),
        _vote_by_headings(text),
        _vote_by_dates(document_date, published_on),
        _vote_by_mentions(years),
    ):
        for year, weight, reason in source:
            if 1990 <= year <= 2100:
                votes.setdefault(year, []).append((weight, reason))
    if not votes:
        return None, None
    totals = {year: sum(weight for weight, _ in reasons) for year, reasons in votes.items()}
    best = max(totals, key=lambda year: (totals[year], year))
    reasons = sorted(dict.fromkeys(votes[best]), reverse=True)
    evidence = "; ".join(reason for _, reason in reasons[:3])
    against = max((other for other in totals if other != best), key=lambda year: totals[year], default=None)
    if against is not None and totals[against] >= 2:
        evidence += f"; against it {against}"
    return best, evidence


def _find_years(text: str) -> tuple[str, list[str]]:
    """A text without its ranges of years, and the years that it names apart from them."""
    found = _YEAR_OR_RANGE.findall(text)
    if any(to_year for _, to_year in found):
        text = _YEAR_RANGE.sub("", text)
        return text, _YEAR_IN_TEXT.findall(text)
    return text, [year for year, _ in found]


def _vote_by_side_file(side: Mapping[str, str]) -> _Votes:
    if side.get("report_year", "").isdigit():
        yield int(side["report_year"]), 6.0, "side file"


def _vote_by_title(title: str) -> _Votes:
    """The first year of a title that does not name next year's plan."""
    for found in _YEAR_IN_TITLE.finditer(title):
        behind = title[found.end() : found.end() + 8]
        if not _PLAN_WORDS.search(behind) or _REPORT_WORDS.search(behind):
            yield _to_year(found.group(1)), 5.0, f"title: {found.group()}"
            return


def _vote_by_introduction(intro: str) -> _Votes:
    phrase = _REPORT_PHRASE.search(intro)
    if phrase is not None:
        yield _to_year(phrase.group(1)), 3.0, f"introduction: {phrase.group()[:24]}"
    opening = _YEAR_IN_TEXT.match(intro)
    if opening is not None:
        yield _to_year(opening.group(1)), 2.0, f"first words: {opening.group()}"


def _vote_by_headings(text: str) -> _Votes:
    """一、2023年工作情况 speaks of 2023, 三、2024年工作打算 of the year before."""
    for heading in _find_headings(text):
        named = _YEAR_IN_TEXT.search(heading) if "年" in heading else None
        if named is None:
            continue
        if _PLAN_WORDS.search(heading):
            yield _to_year(named.group(1)) - 1, 2.0, f"plan heading: {heading[:20]}"
        elif _WORK_WORDS.search(heading):
            yield _to_year(named.group(1)), 2.0, f"heading: {heading[:20]}"


def _find_headings(text: str) -> list[str]:
    """The words of lines that begin with 一、 or （一）, up to a stop."""
    return _HEADING.findall("\n" + text)


def _vote_by_dates(document_date: date | None, published_on: date | None) -> _Votes:
    """A report dated until August is about the year before."""
    for day, reason in ((document_date, "dated"), (published_on, "published")):
        if day is not None:
            yield day.year - (day.month <= 8), 1.5, f"{reason} {day}"


def _vote_by_mentions(years: Iterable[str]) -> _Votes:
    counted = Counter(map(_to_year, years))
    for year, count in counted.most_common(1):
        yield year, min(1.5, 0.3 * count), f"the text names {year} {count} times"


def _read_date(value: str) -> date | None:
    """A date as printed, Chinese numerals included; None where there is none or it is impossible."""
    match = _DATE.search(value)
    if match is None:
        compact = re.search(r"(?<!\d)(20\d\d)(\d\d)(\d\d)(?!\d)", value)
        if compact is None:
            return None
        parts = [int(part) for part in compact.groups()]
    else:
        parts = [_to_year(match["y"]), _read_small(match["m"]), _read_small(match["d"])]
    try:
        return date(*parts)
    except ValueError:
        return None


def _read_small(numeral: str) -> int:
    """1 to 31, in digits or Chinese numerals."""
    if numeral.isdigit():
        return int(numeral)
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return int("".join(_HAN_DIGITS[char] for char in numeral))
    return 10 * (int(_HAN_DIGITS[tens]) if tens else 1) + (int(_HAN_DIGITS[ones]) if ones else 0)


def _pick_date(
    name: str, fixed: Mapping[str, str], fields: Mapping[str, str], side: Mapping[str, str]
) -> date | None:
    if name in fixed:
        return date.fromisoformat(fixed[name])
    for source in (fields, side):
        day = _read_date(source.get(name, ""))
        if day is not None:
            return day
    return None


def _find_closing_date(clean: CleanText) -> date | None:
    """The date line under the text or under the title."""
    for line in reversed(clean.text.rsplit("\n", 6)[1:]):
        if len(line) <= 40 and _DATE.search(line):
            bare = re.sub(r"印发|[（()）\s]", "", line)
            if _DATE.sub("", bare).strip("日号") == "" or re.search(
                r"政府|办事处|委员会|街道|镇|乡", _DATE.sub("", bare)
            ):
                return _read_date(line)
    return _read_date(clean.fields.get("subtitle_date", ""))
