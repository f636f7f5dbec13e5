"""Columns shared by tables of several pages, so that a thing has the same heading everywhere.

A column of a single page belongs to that page.
"""

from __future__ import annotations

from orchestration.explorer.database import Row
from orchestration.explorer.listings import Column, link_figure
from orchestration.explorer.wording import Words

# Of a figure that a query calls `figures`: whether it contradicts another, or what can be, and nobody confirmed it.
# A number that may be wrong must not look certain in any table.
DOUBT_SQL = (
    "if(figures.quantity_id in (select quantity_id from marts.open_doubts()), 'doubtful', null) as doubt"
)
# A headline figure may also be the largest of several that the report states without their sum.
HEADLINE_REMARKS_SQL = f"{DOUBT_SQL},\n    if(figures.other_totals > 0, 'one_of_several', null) as several"


def link_indicator(row: Row) -> str:
    """Return the address of a row's indicator, within the region and year of the row if it has these."""
    within = f"?region={row['region']}&year={row['year']}" if row.get("region") else ""
    return f"/indicators/{row['indicator_id']}{within}"


def place_rows(rows: list[Row], region: str, year: int) -> None:
    """Let the indicators of these rows lead to their figures in a region and year."""
    for row in rows:
        row |= {"region": region, "year": year}


YEAR = Column("report_year", Words("年度", "year"), "year")
TOWNSHIP = Column("unit_name", Words("乡镇街道", "township"))
TOWNSHIP_LINK = Column(
    "unit_name", Words("乡镇街道", "township"), link=lambda row: f"/townships/{row['township_key']}"
)
TOWNSHIP_KEY = Column("township_key", Words("乡镇编码", "township key"), "id")
COUNTY = Column("county_name", Words("区县", "county"))
PROVINCE = Column("province_name", Words("省份", "province"))
DOMAIN = Column("domain_name_zh", Words("领域", "domain"), "group")
INDICATOR = Column("name_zh", Words("指标", "indicator"))
INDICATOR_LINK = Column("name_zh", Words("指标", "indicator"), link=link_indicator)
SURFACE_LINK = Column("surface", Words("原文数字", "as printed"), link=link_figure)
MEASURED = Column("measured", Words("计量对象", "what is counted"))
VALUE = Column("value", Words("数值", "value"), "number")
DOUBT = Column("doubt", Words("存疑", "doubtful"), "remark")
SCOPE = Column("scope", Words("范围", "scope"), "remark")
SEVERAL = Column("several", Words("另有他数", "one of several"), "remark")
VALUE_LINK = Column(
    "value", Words("数值", "value"), "number", link_figure, remarks=["doubt", "scope", "several"]
)
UNIT = Column("unit", Words("单位", "unit"))
QUALIFIER = Column("qualifier", Words("精确程度", "qualifier"), "code")
COUNTY_MEDIAN = Column("county_median", Words("区县中位数", "county median"), "number")
SECTION_TYPE = Column("section_type", Words("报告部分", "part"), "code")
SENTENCE = Column("sentence", Words("原句", "sentence"), "quote")
PUBLISHED_ON = Column("published_on", Words("发布日期", "published"), "date")
MISSING_PARTS = Column("missing_parts", Words("缺要素", "missing parts"))
DISCLOSED = Column("indicators_disclosed", Words("公开指标数", "indicators"), "number")
REPORT_ID = Column("report_id", Words("报告编号", "report id"), "id")
QUANTITY_ID = Column("quantity_id", Words("数字编号", "figure id"), "id")
