"""Translate the loaders' English reasons about users' rows and rules into Chinese."""

from __future__ import annotations

import re

_COLUMNS = {
    "indicator_id": "指标编码", "domain_id": "领域", "name_zh": "中文名", "name_en": "英文名", "unit": "单位",
    "kind": "类型", "valid_min": "最小可能值", "valid_max": "最大可能值", "definition": "口径",
    "theme_id": "主题编码", "section_type": "部分类型", "words": "关键词", "code": "原代码", "name": "原名称",
    "new_code": "新代码", "new_name": "新名称", "townships": "乡镇", "year": "年份", "weight": "权重",
    "units": "单位", "side": "位置", "indicator": "指标",
}  # fmt: skip
_PATTERNS = [
    (re.compile(pattern), chinese)
    for pattern, chinese in (
        (r"(\d+) fields instead of (\d+)", "有{0}个单元格，应为{1}个：检查是否多了或少了逗号"),
        (r"(\w+) is empty", "“{c0}”不能为空"),
        (r"(\w+) '(.*)' occurs twice", "“{c0}”{1} 在本文件中重复"),
        (r"(\w+) '(.*)' is not one of (.*)", "“{c0}”{1} 应为以下之一：{2}"),
        (r"(\w+) '(.*)' is not a number", "“{c0}”{1} 不是数字"),
        (r"(\w+) '(.*)' is not a finite number", "“{c0}”{1} 不是有限的数字"),
        (r"(\w+) '(.*)' is not a whole number", "“{c0}”{1} 不是整数"),
        (r"(\w+) '(.*)' must not be empty", "“{c0}”不能为空"),
        (r"valid_min (\S+) is above valid_max (\S+)", "最小可能值{0}大于最大可能值{1}"),
        (r"indicator_id '(.*)' String should match.*", "指标编码“{0}”应为“领域.名称”，只用小写英文、数字和下划线"),
        (r"(\w+) '(.*)' String should match pattern '\^\\d\{6\}\$'", "“{c0}”{1} 应为6位数字的区划代码"),
        (r"indicator_id '(.*)' does not begin with its domain", "指标编码“{0}”应以它的领域和点开头"),
        (r"indicator_id '(.*)' gives the same column as '(.*)'", "指标编码“{0}”与“{1}”只差点和下划线，请换一个"),
        (r"no county has the code '(.*)'", "没有代码为{0}的区县"),
        (r"name '(.*)' is too short", "原名称“{0}”太短"),
        (r"(\w+) '(.*)' does not have 6 digits", "“{c0}”{1} 应为6位数字的区划代码"),
        (r"(\d+) needs its new_name", "代码{0}是新的，需要填写新名称"),
        (r"words '(.*)' are empty, or begin or end with a gap", "关键词“{0}”为空，或以“…”开头、结尾"),
        (r"indicator '(.*)' is not in indicators\.csv", "没有指标“{0}”：须在 indicators.csv 中，且该行已采用"),
        (r"no unit or unit class '(.*)' in units\.csv", "没有单位“{0}”：用报告中的单位，或单位类别，或 none（无单位）"),
        (r"no word group (.*) in groups\.yaml", "没有词组{0}：先在 groups.yaml 中定义"),
        (r"unknown key '(.*)': not one of (.*)", "规则中没有“{0}”这一项；可用：{1}"),
        (r"key '(.*)' is given twice", "“{0}”这一项写了两次"),
        (r"'(.*)' is already in line (\d+)", "“{0}”在第{1}行已有"),
        (r"'(.*)' is not a list: .*", "“{0}”应为列表：每行一个，前面加“- ”"),
        (r"'(.*)' has an empty line", "“{0}”中有空行"),
        (r"'(.*)' lacks '(.*)'", "“{0}”缺少“{1}”"),
        (r"weight (\S+) must be above 0 and at most 1", "权重{0}应大于0、不超过1"),
        (r"missing columns (.*)", "缺少列：{0}"),
        (r"'(.*)' must consist of words and <groups>, separated by …", "“{0}”应由词语、<词组>和它们之间的“…”组成"),
        (r"'(.*)' combines a group whose words have gaps: (.*)", "“{0}”中词组的词语含有“…”（{1}），须单独成行"),
        (r"expected the keys of a rule", "这里应为一条规则的各项（words、units、weight …）"),
        (r"expected rules by id", "文件内容应为“规则编码: 各项”"),
        (r"expected words, found a list or keys", "这里应为词语，不是列表"),
        (r"neither UTF-8 nor GB18030 text.*", "文件编码无法识别，请另存为 CSV UTF-8"),
    )
]  # fmt: skip


def in_chinese(reason: str) -> str:
    """Return a loader's reason in Chinese; an unknown reason is quoted."""
    for pattern, chinese in _PATTERNS:
        if found := pattern.fullmatch(reason):
            values = found.groups()
            named = {f"c{number}": _COLUMNS.get(value, value) for number, value in enumerate(values)}
            return chinese.format(*values, **named)
    return f"写法有误：{reason}"
