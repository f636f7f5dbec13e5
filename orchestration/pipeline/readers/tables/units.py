"""Units and numbers as printed in table cells."""

from __future__ import annotations

import re

from orchestration.pipeline.chinese import HAN

# Units that a header or cell may name alone. Other bracketed words ((含简易), (如有)) must not follow a number.
UNITS = (
    *(
        "人次",
        "场次",
        "件次",
        "户次",
        "家次",
        "车次",
        "万元",
        "亿元",
        "千元",
        "万人",
        "万人次",
        "万件",
        "万份",
    ),
    *("平方米", "平方公里", "公里", "公顷", "米", "小时", "课时"),
    *"件起次人元户场份个条项宗家名部册篇期批处所支辆台亩吨天例枚本套组级堂节张幅块面对封通座栋间幢%％‰",
)
UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
NUMBER = r"[约近超]?-?\d[\d,，]*(?:\.\d+)?(?:[余多]?[万亿])?[余多]?"
IS_NUMBER = re.compile(  # 34   95.1%   34（含婚姻12）
    rf"(?P<number> {NUMBER} [%％‰]? ) (?P<remark> \s* [（(] (?! {UNIT} [）)] ) [^（）()]{{2,40}} [）)] )?",
    re.VERBOSE,
)
IS_COUNT = re.compile(rf"[{HAN}（）()、]{{0,20}}{NUMBER}[余多]?\s?(?:{UNIT})")
IS_AMOUNT = re.compile(rf"{NUMBER}\s?(?:{UNIT})(?:[（(](?:{UNIT})[)）])?")  # 34件, 34 件, 214份（件）
IS_PAIR = re.compile(r"\d{1,6}[/／]\d{1,6}")  # 34/31 of 受理/办结
IS_FACT = re.compile(r"[^：:]{2,8}[：:].+|\d{4}年.*日")  # not a column name: 填报单位：清溪镇   2024年1月10日
# At the end of a name: 调解纠纷（件）.
BEHIND = re.compile(rf"[（(【\[]\s*(?:单位\s*[:：]?\s*)?(?P<unit>{UNIT})\s*[)）】\]]$")
_STATED_UNIT = re.compile(rf"单位\s*[:：]\s*(?P<unit>{UNIT})(?![{HAN}]|\s*[、,，/／])")
_CAPTION_CHARS = 40  # maximum length of the line above a table that states its unit
_NAMED_UNIT = re.compile(  # 干部数, 专家数 and 平台数 end in a word, not a unit
    r"""
    .*? (?:
        (?P<counted>                                                # e.g. 案件数   参加人数   培训次数合计
            [人场件户家车]次 | [人户次场个条宗项篇期亩天] | (?<!条)件 | (?<![年月身省股])份 | (?<![发提])起
          | (?<!姓)名 | (?<!事)处 | (?<![平柜讲])台 | (?<![干支])部 | (?<!名)册 | (?<![专国作])家
        ) 数量? (?: 合计 | 小计 )?
      | (?P<whole> [人场件户家车]次 )                               # e.g. 场次
    )
    """,
    re.VERBOSE,
)
SHARE = re.compile(r".*(?:率|占比|比例|比重|百分比|增幅|增速|同比|环比)")
_MONEY = re.compile(r".*(?:金额|款额|资金|经费|费用|支出|收入|产值)")


def find_unit(name: str, stated: str) -> str:
    """Return the unit of figures in a column or row with this name and no unit in brackets.

    Args:
        name: the printed name; 参加人数 and 场次 imply a unit.
        stated: the unit of the whole table, empty for none. It does not apply to names that imply another
            one (单位：万元 over 件数), nor to shares, nor to money unless it is in 元.
    """
    if named := _NAMED_UNIT.fullmatch(name):
        unit = named["counted"] or named["whole"]
        return stated if unit in stated else unit
    if stated and SHARE.fullmatch(name) and stated not in "%％‰":
        return ""
    return "" if stated and _MONEY.fullmatch(name) and "元" not in stated else stated


def find_stated_unit(text: str) -> str:
    """Return the unit stated for all figures of a table (单位：件); empty for none or several."""
    stated = _STATED_UNIT.search(text)
    return stated["unit"] if stated else ""


def find_caption_unit(above: str) -> str:
    """Return the unit stated by the line above a table; empty for a long line, which is a paragraph."""
    return find_stated_unit(above) if len(above) <= _CAPTION_CHARS else ""
