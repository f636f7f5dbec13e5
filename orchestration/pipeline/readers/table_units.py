"""Units and numbers as cells of tables print them."""

from __future__ import annotations

import re

# Units that a header or a cell may name alone: words that are none ((含简易), (如有)) must not end up behind a number.
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
    *("平方米", "平方公里", "公里", "小时", "课时"),
    *"件起次人元户场份个条项宗家名部册篇期批处所支辆台亩吨天例枚本套组级堂节张幅块面对封通座栋间幢%％‰",
)
UNIT = "|".join(sorted(map(re.escape, UNITS), key=len, reverse=True))
NUMBER = r"[约近超]?-?\d[\d,，]*(?:\.\d+)?(?:[余多]?[万亿])?[余多]?"
IS_NUMBER = re.compile(rf"{NUMBER}[%％‰]?")
IS_COUNT = re.compile(rf"[一-鿿（）()、]{{0,20}}{NUMBER}[余多]?(?:{UNIT})")
BEHIND = re.compile(
    rf"[（(【\[]\s*(?:单位\s*[:：]?\s*)?(?P<unit>{UNIT})\s*[)）】\]]$"
)  # of a name: 调解纠纷（件）
