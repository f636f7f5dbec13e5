"""Normalise characters: widths, spaces, control characters and traditional forms."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

import opencc

from orchestration.pipeline.chinese import ALL_HAN, HAN

_CJK = ALL_HAN + r"\u3001-\u303f\uff01-\uff60\u2018-\u201d\u2014\u2026〇○"
_WIDE = str.maketrans(
    {
        **{
            code: chr(code - 0xFEE0)
            for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B), *range(0xFF41, 0xFF5B))
        },
        **dict.fromkeys((*range(0x2000, 0x200B), 0x00A0, 0x1680, 0x202F, 0x205F, 0x3000, 0x0009), " "),
        **dict.fromkeys(
            (
                0x200B,
                0x200C,
                0x200D,
                0x2060,
                0xFEFF,
                0x00AD,
                0x200E,
                0x200F,
                0x202A,
                0x202B,
                0x202C,
                0x202D,
                0x202E,
                *range(0x2061, 0x2065),
                *range(0x2066, 0x206A),
                *(0x061C, 0x115F, 0x1160, 0x180E, 0x20E3, 0x3164, 0xFFA0),  # fillers, the keycap frame of 3️⃣
                *range(0xFE00, 0xFE10),  # variation selectors
            )
        ),
        # Digits of other scripts (Arabic, Tibetan, Mongolian), from input methods or fonts set to them, and marks.
        **{
            code: str(unicodedata.decimal(chr(code)))
            for code in range(0x0660, 0xFE00)
            if chr(code).isdecimal()
        },
        0x066A: "%",
        0x066B: ".",
        0x066C: ",",
        0xFF65: "·",
        0x039F: "○",  # Greek and Cyrillic О: 二О二四年
        0x041E: "○",
        # Small and vertical punctuation, hyphens and minus signs become the usual ones.
        **dict(zip(range(0xFE50, 0xFE53), "，、.", strict=True)),
        **dict(zip(range(0xFE54, 0xFE58), "；：？！", strict=True)),
        **dict(zip(range(0xFE59, 0xFE5F), "（）{}〔〕", strict=True)),
        **dict(zip(range(0xFE10, 0xFE18), "，、。：；！？〖", strict=True)),
        **dict(zip(range(0xFE35, 0xFE45), "（）{}〔〕【】《》〈〉「」『』", strict=True)),
        **dict.fromkeys((0x2010, 0x2011, 0x2012, 0x2212, 0xFE63, 0xFF0D), "-"),
        **dict.fromkeys((0x301C, 0x223C, 0x02DC), "~"),
    }
)
_RARE = str.maketrans(  # beyond U+FFFF: in one class with the others, these make it twenty times as slow
    {
        **dict.fromkeys((*range(0xE0000, 0xE0080), *range(0xE0100, 0xE01F0))),
        **{code: chr(0x30 + (code - 0x1D7CE) % 10) for code in range(0x1D7CE, 0x1D800)},  # 𝟑, 𝟯, 𝟹
        **{code: chr(0x30 + code - 0x1FBF0) for code in range(0x1FBF0, 0x1FBFA)},
    }
)
# Radicals used as characters, as PDF fonts and some input methods do. Unicode's decompositions map the Kangxi
# radicals (U+2F00) and compatibility ideographs (U+F900); its EquivalentUnifiedIdeograph.txt maps the supplement
# (U+2E80), used here where the forms look alike.
_RADICALS = dict(
    pair
    for pair in zip(
        "⺊⺌⺎⺒⺓⺝⺟⺠⺩⺪⺫⺬⺮⺯⺶⺹⺻⺼⺽⻁⻂⻃⻄⻅⻆⻇⻈⻉⻊⻋⻌⻍⻎⻏⻐⻑⻒⻓⻔⻖⻗⻘⻙⻚⻛⻜⻝⻞⻟⻠⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳⺏⺧⺨⺰⺷⺸",
        "卜小尢巳幺月母民王疋目示竹糸羊老聿肉臼虎衣西西见角角讠贝足车辶辶辶阝钅長長长门阝雨青韦页风飞食食饣饣马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟尢牛犭纟羊羊",
        strict=True,
    )
)
_COMPATIBLE = re.compile("[\u2e80-\u2fdf\uf900-\ufaff\U0002f800-\U0002fa1f㈠-㈩⒈-⒛]")
# Units and nouns that may follow a number.
_COUNTED = "件起次人元户场份个条宗家名部册篇期批处所台亩吨例枚组堂张幅座栋间幢%"
# These expressions begin with a character and put the lookbehind after it, so a search can skip to that character.
_BLANKS = r"[ \u3000\u00a0\t]"
_CELLS = re.compile(  # table columns: `34<tab>123件` is not 34123件
    rf"{_BLANKS} (?<=[\d%％].) (?: (?<=\t){_BLANKS}* | {_BLANKS}+ ) (?=\d)",
    re.VERBOSE,
)
_RAISED_MARK = re.compile(r"[⁽¹²³⁰⁴-⁹₀-₉①-⑳\[【〔［]")
_RAISED = re.compile(  # a footnote mark between number and unit
    rf"""
    {_RAISED_MARK.pattern} (?<=\d.)
    (?:
        (?<=[⁽¹²³⁰⁴-⁹₀-₉])(?<!10[¹²³⁰⁴-⁹]) [¹²³⁰⁴-⁹₀-₉⁾]{{0,3}} (?=\ ?[{ALL_HAN}])  # e.g. 34¹件   34⁽¹⁾件
      | (?: (?<=[①-⑳]) | \d{{1,2}} [\]】〕］] ) (?=[{_COUNTED}])                  # e.g. 34①件   34[1]件
    )
    """,
    re.VERBOSE,
)
_ORNATE = re.compile(  # a figure in digits of a note mark; not 做到①户, a list
    rf"""
    (?<=[{ALL_HAN}])
    (?: [₀-₉]+ | [⓪①-⑨⓵-⓽⓿❶-❾➀-➈➊-➒〡-〩]{{2,}} | [⑩-⑳❿➉➓⓫-⓴㉑-㉟㊱-㊿] )
    (?= 余? (?! 人[大民员] ) [{_COUNTED}] )                   # e.g. 调解⑲件   走访₃₄户; not ⑪人大代表
    """,
    re.VERBOSE,
)
_FANCY = re.compile("[₀-₉①-⑳⓪-⓿❶-➓〡-〩㉑-㉟㊱-㊿¼½¾⅕-⅘]")
_HALF = re.compile(r"(?<=\d)[¼½¾⅕-⅘]")  # 2½万元
_ROUND_ZERO = re.compile(rf"[〇○](?<=\d.)[〇○]*(?=[\d{ALL_HAN}%])")
# A number with a space next to its comma or point: 资料1, 234份, 满意率98. 5%.
_SPREAD_COMMA = re.compile(rf"(?<=[{ALL_HAN}])\d{{1,3}}(?:(?: , ?|, ?)\d{{3}})+(?= ?[{_COUNTED}万亿])")
_SPREAD_POINT = re.compile(rf"(?<=[{ALL_HAN}])(\d{{1,4}})(?: \. ?|\. )(\d{{1,4}})(?=[%‰万亿])")
_SPREAD_NUMBER = re.compile(rf"\d(?<=[{_CJK}].)(?: [\d.])+(?=[{ALL_HAN}%‰])")
_COMBINING = re.compile("[\u0300-\u036f]")
_STRUCK_OUT = re.compile("[^\n]?[\u0335-\u0338][\u0300-\u036f]*")  # 1̶2件: a struck-out character
_ABOVE_DIGIT = re.compile(r"(?<=\d)[\u0300-\u036f]+")
_LATIN_UNITS = {
    "m²": "㎡",
    "m2": "㎡",
    "m³": "㎥",
    "m3": "㎥",
    "km²": "㎢",
    "km2": "㎢",
    "km": "㎞",
    "kg": "㎏",
}
_LATIN_UNIT = re.compile(
    r"""
    (?<![A-Za-z0-9.]) (\d[\d.,]*) \ ?
    ( km \^? [²2]? | m \^? [²³23] | kg ) (?![0-9A-Za-z/+-])     # e.g. 3 km2   1,200m²   5kg; not 3km/h
    """,
    re.IGNORECASE | re.VERBOSE,
)
_FILLED_IN = re.compile(
    rf"[_＿*]{{1,12}} ?(\d[\d.,]*) ?[_＿*]{{1,12}}(?=[{ALL_HAN}%])"
)  # 调解__12__件   **12**件
_RAISED_POINT = re.compile(r"·(?<=\d·)(?=\d{1,4} ?[%‰万亿])")  # 98·5%   3·5万元; not 12·4
_TURNED = re.compile("\u202e([^\u202a-\u202e\n]*)\u202c?")  # shown from right to left
_FREQUENT_BLANKS = "\u3000\u00a0\t"
_PLAIN = f"\n!-Z\\^-~{HAN}，。、；：！？“”（）《》—…·"  # no step changes these
_ODD = re.compile(rf"[{_PLAIN}]*+(?:([^{_PLAIN}])|\Z)")  # runs halve the time of single characters
_WIDE_CHARACTER = re.compile("[" + "".join(map(chr, _WIDE)) + "]")  # a + after it would slow the search
_RARE_CHARACTER = re.compile("[\U0001d7ce-\U0001d7ff\U0001fbf0-\U0001fbf9\U000e0000-\U000e01ef]")
_SPACE_RUNS = re.compile(r" {2,}")
_ODD_SPACE = re.compile(
    rf"""
    \ (?:
        (?<=[{_CJK}]\ ) | (?=[{_CJK}])                                         # e.g. 镇 政府   2 件
      | (?<=\d\ ) (?=%)                                                        # e.g. 98 %
      | (?: (?<=^\d\.\ ) | (?<=^\d\d\.\ ) | (?<=[。；]\d\.\ ) ) (?!\d)    # e.g. 1. 加   12. 加; not 1. 5件
    )
    """,
    re.MULTILINE | re.VERBOSE,
)
_SPACED_YEAR = re.compile(r" (?<=(?<!\d)\d )(\d) (\d) (\d)(?= ?年)")
_PINYIN_GLOSS = re.compile(
    rf"(?<=[{ALL_HAN}]) \( [a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹê]{{1,7}} \)",  # 阆(làng)
    re.VERBOSE,
)
_TRADITIONAL = re.compile("[們個來會這國學對發開關與業進實現產經過長東動務機辦專鎮鄉眾報區縣]")
_MIN_TRADITIONAL_SHARE = 0.01


def normalise_characters(text: str) -> str:
    """Return text with ASCII digits and letters, radicals as characters, plain spaces and no invisible marks."""
    # `odd` has each unusual character once; steps whose characters are not in it are skipped.
    odd = "".join(set(_ODD.findall(text)))
    if re.search(_BLANKS, odd):
        text = _CELLS.sub(" | ", text)
        for blank in _FREQUENT_BLANKS:
            text = text.replace(blank, " ")
    if _COMPATIBLE.search(odd):
        text = _COMPATIBLE.sub(lambda found: _fold(found.group()), text)
    if _WIDE_CHARACTER.search(odd):
        text = _TURNED.sub(lambda found: found[1][::-1], text)
        text = _WIDE_CHARACTER.sub(lambda found: found.group().translate(_WIDE), text)
    if _RARE_CHARACTER.search(odd):
        text = text.translate(_RARE)
    text = _read_marks(text, odd)
    if "_" in text or "**" in text or "＿" in odd:
        text = _FILLED_IN.sub(r"\1", text)
    if "·" in text:
        text = _RAISED_POINT.sub(".", text)
    if _COMBINING.search(odd):
        text = _ABOVE_DIGIT.sub("", _STRUCK_OUT.sub("", text))
    if "²" in odd or "³" in odd or any(unit in text for unit in ("m2", "m3", "m^", "km", "kg")):
        text = _LATIN_UNIT.sub(lambda found: found[1] + _LATIN_UNITS[found[2].lower().replace("^", "")], text)
    if "〇" in odd or "○" in odd or "О" in odd or "Ο" in odd:
        text = _ROUND_ZERO.sub(lambda found: "0" * len(found.group()), text)
    return text


def _read_marks(text: str, odd: str) -> str:
    """Return text without note marks, with figures in their digits as usual ones, and with 2½ as 2.5."""
    if _RAISED_MARK.search(odd):
        text = _RAISED.sub("", text)
    if _FANCY.search(odd):
        text = _ORNATE.sub(
            lambda found: "".join(f"{unicodedata.numeric(each):.0f}" for each in found[0]), text
        )
        text = _HALF.sub(lambda found: f"{unicodedata.numeric(found[0]):g}"[1:], text)
    return text


def _fold(char: str) -> str:
    """Return the usual form of a character that looks the same (⼀ → 一) or includes marks (⒈ → 1., ㈠ → （一）)."""
    folded = _RADICALS.get(char) or unicodedata.normalize("NFKC", char)
    return folded.replace("(", "（").replace(")", "）")


def normalise_spaces(line: str) -> str:
    """Return a line without spaces between Chinese characters or within numbers; other runs become one space."""
    if " " not in line:
        return line
    line = _SPACED_YEAR.sub(r"\1\2\3", line)
    line = _ODD_SPACE.sub("", _SPACE_RUNS.sub(" ", line))
    line = _SPREAD_NUMBER.sub(lambda found: found.group().replace(" ", ""), line)
    if " ," in line or ", " in line:  # few lines
        line = _SPREAD_COMMA.sub(lambda found: found[0].replace(" ", ""), line)
    if " ." in line or ". " in line:
        line = _SPREAD_POINT.sub(r"\1.\2", line)
    return line


@cache
def to_simplified() -> opencc.OpenCC:
    """Return the converter from traditional to simplified characters."""
    return opencc.OpenCC("t2s")


def convert_traditional(lines: Sequence[str]) -> list[str] | None:
    """Return the lines in simplified Chinese, or None if they already are."""
    text = "\n".join(lines)
    if len(_TRADITIONAL.findall(text)) < _MIN_TRADITIONAL_SHARE * len(text):
        return None
    return [to_simplified().convert(_PINYIN_GLOSS.sub("", line)) for line in lines]
