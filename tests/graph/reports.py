"""An invented report for tests that need any report."""

from __future__ import annotations

_REPORT = """{title}

一、主要举措和成效
（一）化解矛盾纠纷。全年排查矛盾纠纷{found}件，成功化解{resolved}件。
（二）加强普法宣传。开展法治宣传活动12场次，发放宣传资料800余份。
二、存在的不足和原因
执法力量有待加强，普法形式还不够丰富。
三、下一步工作打算
继续加强执法队伍建设，创新普法方式。
"""


def report(year: int = 2024, found: int = 40, resolved: int = 38, unit: str = "重庆市铜梁区太平镇") -> str:
    """Return the text of a report with a few figures."""
    title = f"{unit}人民政府关于{year}年法治政府建设情况的报告"
    return _REPORT.format(title=title, found=found, resolved=resolved)
