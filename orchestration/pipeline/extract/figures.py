"""Find the numerals of a text that count something, with value, unit and qualifier.

This module separates figures from fixed phrases by the words around them. `denials` finds explicit denials
(未发生…, value 0), `figure_rules` holds the vocabulary, and `matching` and `context` decide what a figure
counts, when and of which part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from orchestration.pipeline.chinese import DIGITS, MULTIPLIERS, NUMERALS, ORDINAL_DIGITS
from orchestration.pipeline.extract.figure_rules import (
    CLAUSE_STOPS,
    COUNTED_CLASSES,
    FigureRules,
    Unit,
)
from orchestration.pipeline.numerals import parse_numeral
from orchestration.pipeline.vocabulary import Qualifier

NEXT_ITEM = re.compile(rf"[{ORDINAL_DIGITS}]是")
_CLAUSE_END = re.compile(rf"\s*(?:[{CLAUSE_STOPS}、）)]|$)")
_BARE_END = re.compile(rf"{_CLAUSE_END.pattern}|{NEXT_ITEM.pattern}")
_COUNTED_BEFORE = re.compile(r"[一-鿿](?<![第号至到和与或及是在前])\Z")
_EVENT_BEFORE = re.compile(
    r"""
    (?: [会班课] | 会议 | 讲座 | 活动 | 培训 | 演练 | 考试 | 测试 | 竞赛
      | 检查 | 行动 | 研讨 | 调研 | 清理 | 评查 | 测评 | 旁听 | 讲法 | 督察 | 督查 )$          # e.g. 召开专题部署会
    """,
    re.VERBOSE,
)
_NUMBERED_BEFORE = re.compile(r"(?:^|[见如（(，。、\s])[表图注]\Z|附[件表图注]\Z")  # 见表1, 附件2
_BROKEN_PERCENT = re.compile(r"[0-9]{1,3}[,，。][0-9]{1,2} ?[%％]")  # 98,5%: ambiguous
_BROKEN_BEFORE = re.compile(r"[0-9][,，。]\Z")
# 件数：12, 受理数（件）：12: the label announces a number and may name its unit
_LABEL_BEFORE = re.compile(
    r"""
    (?: (?P<noun> [一-鿿] ) (?: 数量? | 总[数量] | 量 | 率 | 额 | 次 )       # e.g. 件数：   结案率：
        (?: [（(] (?P<unit> [一-鿿%％]{1,3} ) [）)] )?                     # e.g. 受理数（件）：
      | [（(] (?P<only_unit>                                               # e.g. 调解案件（件）：   罚没款（万元）：
            [件次起场人份名个条项户家处%％宗期篇部册元] | [场人件户]次 | [千万亿][元人件份] | 万人次 | 平方米
        ) [）)]
    ) (?: [：:] | (?<=[）)]) ) \s* \Z              # e.g. 参训人数（人）：
    """,
    re.VERBOSE,
)
_CODE_BEFORE = re.compile(
    r"""
    (?:
        电话 | 手机 | 传真 | 热线 | 号码 | 邮编 | 邮政编码 | 代码 | 编码 | 标识码 | 编号 | 备案号? | 账号 | 卡号 | 证号
      | 案号 | QQ | 微信号? | 联系方式
    )
    (?: 号码? | 为 | 是 | [：:（(\s] )*           # e.g. 咨询电话：   邮编
    (?: [0-9-]+ [、/，转\s] \s* )* \Z             # e.g. 电话：68123456、   电话：68123456转
    """,
    re.VERBOSE,
)
_LABEL_SCALES = {"千": 1_000, "万": 10_000, "亿": 100_000_000}
_CODE_DIGITS = 7  # this many digits without separators after 电话 or 代码 are a code, even before a unit
_BARE_NUMBER = re.compile(r"(?!(?:19|20)[0-9]{2}$)[0-9]{1,4}")  # not a year
_VAGUE_BEFORE = re.compile(
    r"(?:[几成]|成[百千]上|(?<![人次件总户份个条篇场册名起宗例台处家倍])数)\Z"
)  # 人数十人 is a number
_ANY_MULTIPLIER = MULTIPLIERS + "萬億"
_NEIGHBOURS = re.compile(rf"(.*?)(两三|一两|[{DIGITS}]{{2}})([{MULTIPLIERS}]*)")  # 三五件, 七八百人, 十七八名
_TENTHS_AFTER = re.compile(r"[升降加少约过达近长低比超占减到有]\Z")
_TENTHS_BEFORE = re.compile(rf"以上|以下|左右|多|[的群村居企案纠]|{_CLAUSE_END.pattern}")
_CURRENCY = ("¥", "￥")
_GOES_ON_AFTER_MONEY = ("/", "-", "—", "–", "~", "～", "至", "到")  # ¥200/人, ¥200-500
_LETTER_SCALES = str.maketrans("wWkK", "万万千千")
_SECOND_SCALES = {"亿": 100_000_000, "万": 10_000, "千": 1_000}
_RANGE_JOINT = re.compile(r"[-—–~～至到]{1,2}")
_CHANGE_BEFORE = re.compile(r"[从由自][^，。；]{0,8}\Z")
# 1.200件: things counted one by one have no thousandths, so the point is read as a comma
POINT_FOR_COMMA = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_OPENING = ("（", "(")
_DOUBTFUL_UNITS = "（(成%％"
_YEAR_NUMBER = re.compile(r"(?:19|20)[0-9]{2}")
_TOTAL_BEFORE = re.compile(r"(?:数|量|合计|总计|共计)为?\Z")  # 案件总数为339（检查195件、处罚144件）
_SIGNS = ("-", "−", "－", "负")
# 同比增长-3.2%, 增速为负3.2%; not 3-5件, 减负3万元, 满意率-98%
_SIGN_BEFORE = re.compile(r"(?:增[长加速幅]|涨幅|[同环]比|净增|[为是达至到])[:：(（ ]?(?P<sign>[-−－负])\Z")
_LARGEST_ENUMERATION = 10  # 十大: 十二大 and 二十大 are congresses
_BROKEN_DOCUMENT_NUMBER = re.compile(
    r"(?:19|20)\d{3,6}[)）]"
)  # （铜委法20249): 〔2024〕9号 without its marks
_PLAIN_COUNT = re.compile(
    r"""
    0 | [1-9][0-9]{0,5}                                                     # e.g. 0   41
    | [1-9１-９] [0-9０-９,，'’ ]{0,10} (?<=[,，'’ ][0-9０-９]{3})          # e.g. 1,278   12 345
    """,
    re.VERBOSE,
)


@dataclass(slots=True)  # frozen ones take five times as long to create, named tuples longer to read
class Figure:
    """A figure found in a text, before its indicator is known."""

    start: int  # of the surface: number, unit and qualifier after it (5次以上)
    end: int
    value: float
    unit: str
    unit_class: str  # "none" if no unit is printed
    qualifier: Qualifier
    is_denial: bool  # 未发生…案件: the surface names the thing denied


def find_figures(text: str, rules: FigureRules) -> list[Figure]:
    """Find the figures of a text, except denials.

    Args:
        text: clean text; the result has half-open character offsets into it.
        rules: compiled vocabulary.

    Returns:
        Figures in reading order that do not overlap.
    """
    figures: list[Figure] = []
    for match in rules.scanner.finditer(text):
        if match.lastgroup is None:  # it only skipped text
            continue
        if match["number"] is None:
            figure = _read_share(text, match, rules)
        elif match["unit"]:
            figure = _read_counted(text, match, rules)
        else:
            figure = _read_bare(text, match, rules)
        if figure is not None:
            if figures and figure.start - figures[-1].end <= 2 and _joins_range(text, figures[-1], figure):
                figure = replace(figures.pop(), end=figure.end, qualifier=Qualifier.AT_LEAST)
            figures.append(figure)
    return figures


def _joins_range(text: str, first: Figure, second: Figure) -> bool:
    """Return whether two figures are the ends of one range: 3件至5件, but not 从3件到5件, a change."""
    return (
        first.unit == second.unit != ""
        and first.value < second.value
        and _RANGE_JOINT.fullmatch(text, first.end, second.start) is not None
        and not _CHANGE_BEFORE.search(text, max(0, first.start - 10), first.start)
    )


def _read_share(text: str, match: re.Match[str], rules: FigureRules) -> Figure | None:
    """Return the figure of a share in words (百分之九十, 三分之二, 三成五); None if it is not one."""
    start, end = match.start("figure"), match.end()
    if match["unit"]:  # 三分之一个百分点: the share ends before it
        end = start + len(text[start : match.start("unit")].rstrip())
    qualifier = _qualify(text, start, match, rules)
    if shape := match["percent_han"]:
        value, unit, unit_class = _parse(shape), "%", "percent"
        if match["percent_to"]:
            qualifier = Qualifier.AT_LEAST
    elif shape := match["fraction"]:
        value, unit, unit_class = _parse(shape), "", "fraction"
        if value is not None and not 0 < value < 1:
            return None
    else:
        shape = match["tenths"]
        if len(shape) == 2 and not (
            _TENTHS_AFTER.search(text, max(0, start - 1), start)
            or _TENTHS_BEFORE.match(text, match.end("tenths"))
        ):
            return None
        value, unit, unit_class = _parse(shape), "%", "fraction"
    if value is None:
        return None
    return Figure(start, end, value, unit, unit_class, qualifier, False)


def _read_counted(text: str, match: re.Match[str], rules: FigureRules) -> Figure | None:
    """Return a figure with a unit: 3万余元, 3至5次 (at least 3), 1＋1名 (2); None if it is not one."""
    printed, number = match["unit"], match["number"]
    unit, start = rules.units[printed], match.start("figure")
    if (printed[0] in _DOUBTFUL_UNITS or unit.unit_class == "duration") and _is_no_unit(
        text, match, unit, rules
    ):
        return None
    is_han = number[0] in NUMERALS
    if is_han and (_is_vague(text, start, number) or not _counts_in_han(text, match, unit, rules)):
        return None
    if len(number) >= _CODE_DIGITS and _is_code(text, start, number):
        return None
    value, qualifier = _value_of(match), _qualify(text, start, match, rules)
    if (
        unit.unit_class in COUNTED_CLASSES
        and not match["scale"]
        and "." in number
        and POINT_FOR_COMMA.fullmatch(number)
    ):
        value = float(number.replace(".", ""))
    if is_han and len(number) > 1 and (pair := _NEIGHBOURS.fullmatch(number)) and _is_neighbour(pair[2]):
        # 一二三件: it is unclear whether 123 is meant
        first = "" if pair[1][-1:] in [*DIGITS] else pair[1] + pair[2][0] + pair[3] + match["scale"]
        value, qualifier = _parse(first), Qualifier.APPROX
    if value is None:
        return None
    if unit.han_reading == "kinds" and not (
        1 < value <= _LARGEST_ENUMERATION and rules.kinds_after.match(text, match.end())
    ):
        return None
    if match["second"] and (second := _parse(second_number := match["second"].translate(_LETTER_SCALES))):
        scaled = value * _SECOND_SCALES.get(second_number[-1], 1)
        if scaled < second and not match["scale"]:  # 3至5万份; in 八千至一万份 the first number has its own
            value = scaled
        if match["joint"] in "+＋":
            value += second
        else:
            qualifier = Qualifier.AT_LEAST
    if text[start - 1 : start] in _SIGNS and (sign := _SIGN_BEFORE.search(text, max(0, start - 8), start)):
        value, start = -value, sign.start("sign")
    return Figure(start, match.end(), value * unit.factor, unit.plain, unit.unit_class, qualifier, False)


def _is_no_unit(text: str, match: re.Match[str], unit: Unit, rules: FigureRules) -> bool:
    """Return whether the matched unit does not belong to the number: 2024（万元）, 2成果, 98,5%, not a duration."""
    number, printed = match["number"], match["unit"]
    start = match.start("figure")
    if unit.unit_class == "duration":
        return rules.duration_verb.search(text, max(0, start - 20), start) is None
    if printed[0] in _OPENING:  # heads a column
        return _YEAR_NUMBER.fullmatch(number) is not None
    if printed == "成":
        return len(number) > 3 or _TENTHS_BEFORE.match(text, match.end("unit")) is None
    return _BROKEN_BEFORE.search(text, max(0, start - 2), start) is not None


def _read_bare(text: str, match: re.Match[str], rules: FigureRules) -> Figure | None:
    """Return a figure without a unit (办理信访事项41，), ￥200 or 均为零; None for any other bare number."""
    number, start, end = match["number"], match.start("figure"), match.end()
    if text.startswith(_CURRENCY, start - 1) and start:
        value = None if text.startswith(_GOES_ON_AFTER_MONEY, end) else _value_of(match)
        qualifier = _qualify(text, start - 1, match, rules)
        return Figure(start - 1, end, value, "元", "money", qualifier, False) if value is not None else None
    # 47公职人员: the noun follows without a unit
    if (
        not _BARE_END.match(text, end)
        and not (rules.counted_after.match(text, end) and _BARE_NUMBER.fullmatch(number))
        and not (text[end : end + 1] in _OPENING and _TOTAL_BEFORE.search(text, max(0, start - 4), start))
    ):
        return None
    before = text[max(0, start - 16) : start].rstrip(" ")  # at the start of a line, 1、 is a mark
    if number == "零":
        return Figure(start, end, 0.0, "", "none", Qualifier.EXACT, False) if before.endswith("为") else None
    if number[0] in NUMERALS or (_YEAR_NUMBER.fullmatch(number) and text.startswith(("：", ":"), end)):
        return None  # 2023：12件: the year is a label
    unit, unit_class, factor = "", "none", 1.0
    if label := _LABEL_BEFORE.search(before):
        printed = label["unit"] or label["only_unit"] or label["noun"]
        scale = _LABEL_SCALES.get(printed[0], 1) if len(printed) > 1 else 1  # （万元）, （万人次）
        if found := rules.units.get(printed[1:] if scale > 1 else printed):
            unit, unit_class, factor = found.plain, found.unit_class, scale * found.factor
    elif not _COUNTED_BEFORE.search(before) or _NUMBERED_BEFORE.search(before):
        return None
    if (
        not match["scale"]
        and factor == 1
        and unit_class not in ("percent", "money")
        and not _PLAIN_COUNT.fullmatch(number)
    ):
        return None
    if (
        _BROKEN_PERCENT.match(text, start)
        or _BROKEN_DOCUMENT_NUMBER.match(text, start)
        or _CODE_BEFORE.search(before)
    ):
        return None
    value = _value_of(match)
    if value is None:
        return None
    return Figure(start, end, value * factor, unit, unit_class, _qualify(text, start, match, rules), False)


def _is_vague(text: str, start: int, number: str) -> bool:
    """Return whether a numeral is vague: 几十, 好几百, 数千, 成百."""
    return number[0] in _ANY_MULTIPLIER and _VAGUE_BEFORE.search(text, max(0, start - 3), start) is not None


def _is_code(text: str, start: int, number: str) -> bool:
    """Return whether the digits are a code, even before a unit: 咨询电话68123456."""
    return number.isdigit() and _CODE_BEFORE.search(text, max(0, start - 24), start) is not None


def _is_neighbour(pair: str) -> bool:
    """Return whether two adjacent digits mean "about": 三四, 两三, 三五."""
    if pair in ("两三", "一两", "三五"):
        return True
    first, second = (DIGITS.index(digit) for digit in pair)
    return second == first + 1


def _value_of(match: re.Match[str]) -> float | None:
    """Return the value of number and scale; a bare 百, 千, 万 means one of it (百余, 近千)."""
    number, scale = match["number"], match["scale"]
    if not scale and number.isdecimal() and number.isascii():  # nearly all
        return float(number)
    number += scale.translate(_LETTER_SCALES)
    return _parse("一" + number if number[0] in "百千万亿" else number)


@lru_cache(maxsize=4096)
def _parse(numeral: str) -> float | None:
    """Return the value of a numeral; None if it is malformed (百分之九十百)."""
    try:
        return parse_numeral(numeral)
    except ValueError:
        return None


def _qualify(text: str, start: int, match: re.Match[str], rules: FigureRules) -> Qualifier:
    """Return the qualifier from the words after the figure, then before it, then +, then 余."""
    if after := match["after"]:
        return rules.after_roles[after.strip()]
    if before := rules.before.search(text, max(0, start - 8), start):
        return rules.before_roles[before[1] or before[2]]
    if match["plus"]:
        return Qualifier.AT_LEAST
    if match["more"] or match["more2"]:
        return Qualifier.APPROX
    return (
        Qualifier.APPROX
        if text[start] in _ANY_MULTIPLIER and text[start - 1 : start] == "上"
        else Qualifier.EXACT
    )  # 上千人


def _counts_in_han(text: str, match: re.Match[str], unit: Unit, rules: FigureRules) -> bool:
    """Return whether a Chinese numeral with a unit counts (两次) or belongs to a phrase (一个)."""
    number, start, end = match["number"], match.start("figure"), match.end()
    before = text[max(0, start - 10) : start]
    if unit.han_reading == "never" or number == "半":
        return False
    if unit.han_reading == "kinds":
        return True
    is_round = bool(match["more"] or match["more2"])
    if number[0] in "百千万亿":  # 百余人, 近千份, 上万元, but not 百姓
        return is_round or before.endswith("上") or rules.before.search(before) is not None
    if number == "零":
        return _CLAUSE_END.match(text, end) is not None
    if len(number) > 1 or is_round or match["scale"] or (unit.han_reading == "count" and number != "一"):
        return True
    if unit.unit_class == "event" and rules.frequency_before.search(before):
        return True
    if rules.noun_before.search(before):
        return True
    has_noun = rules.noun_after.match(text, end) is not None
    ends_clause = _CLAUSE_END.match(text, end) is not None
    is_deed = rules.deed_before.search(before) is not None or before.endswith("其中")
    if is_deed and (has_noun or unit.han_reading == "count"):  # 其中一件申请了复议
        return True
    if number == "一":  # 召开专题部署会一次
        if unit.unit_class == "event":
            return ends_clause and _EVENT_BEFORE.search(before) is not None
        return unit.unit_class in ("document", "case") and before.endswith(("的", "了")) and has_noun
    return has_noun or ends_clause
