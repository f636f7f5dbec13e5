"""A township over the years, and up to five townships side by side."""

from __future__ import annotations

from functools import partial
from typing import Any

from markupsafe import Markup
from starlette.responses import Response

from orchestration.explorer import columns
from orchestration.explorer.charts import Series, draw_lines
from orchestration.explorer.database import Row
from orchestration.explorer.listings import Column, Listing
from orchestration.explorer.pages.counties import LEAST_RANKED
from orchestration.explorer.pages.regions import chosen_year, list_parents
from orchestration.explorer.view import NoSuchThingError, Shown, View
from orchestration.explorer.wording import Words, whole_of

MOST_COMPARED = 5
_FOUND_NAMES = 30

CARD_SQL = f"""\
select
    indicators.domain_position,
    indicators.domain_name_zh,
    indicators.domain_name_en,
    figures.indicator_id,
    indicators.name_zh,
    indicators.name_en,
    figures.report_year,
    figures.value,
    indicators.unit,
    figures.qualifier,
    figures.scope,
    figures.previous_year,
    figures.previous_value,
    figures.percent_change,
    figures.county_median,
    figures.county_rank,
    figures.county_townships,
    split_part(figures.quantity_id, '-', 1) as report_id,
    figures.quantity_id,
    {columns.HEADLINE_REMARKS_SQL}
from marts.indicator_trends as figures
inner join marts.dim_indicator as indicators on figures.indicator_id = indicators.indicator_id
where figures.township_key = $township
order by indicators.domain_position, figures.indicator_id, figures.report_year"""
REPORTS_SQL = """\
select
    coverage.report_year,
    coverage.report_id,
    reports.title,
    compliance.published_on,
    if(unreported.township_key is null, compliance.lateness_zh, '未报送') as lateness_zh,
    case
        when unreported.township_key is not null then 'not reported'
        when compliance.lateness_zh = '按时' then 'in time'
        when compliance.lateness_zh = '未见日期' then 'no date printed'
        else regexp_extract(compliance.lateness_zh, '[0-9]+') || ' days late'
    end as lateness_en,
    compliance.missing_parts,
    compliance.indicators_disclosed
from marts.coverage as coverage
left join marts.dim_report as reports on coverage.report_id = reports.report_id
left join marts.reporting_compliance as compliance on coverage.report_id = compliance.report_id
left join marts.unreported_townships as unreported
    on coverage.township_key = unreported.township_key and coverage.report_year = unreported.report_year
where coverage.township_key = $township
-- years before the first report of its county say nothing about it
qualify
    coverage.report_id is not null
    or unreported.township_key is not null
    or coverage.report_year = max(coverage.report_year) over ()
order by coverage.report_year desc"""
PLANS_SQL = """\
select
    report_year,
    name_zh,
    name_en,
    plan_sentence,
    'plan_' || outcome as outcome,
    delivery_year,
    delivery_sentence,
    report_id,
    next_report_id
from marts.plan_delivery
where township_key = $township
order by report_year desc, name_zh"""
PROBLEMS_SQL = """\
with mentions as materialized (
    select * from staging.stg_theme_mentions
    where report_id in $reports and section_type = 'problems'
),

-- as marts.theme_mentions, which would cut the sentences of all reports
sections as materialized (
    select report_id, position, char_start, text from raw.sections
    where report_id in $reports and section_type = 'problems'
)

select
    reports.report_year,
    themes.name_zh,
    themes.name_en,
    substring(
        sections.text,
        mentions.sentence_start - sections.char_start + 1,
        mentions.sentence_end - mentions.sentence_start
    ) as sentence,
    mentions.report_id,
    mentions.char_start,
    mentions.char_end
from mentions
inner join sections
    on mentions.report_id = sections.report_id and mentions.section_position = sections.position
inner join marts.dim_report as reports on mentions.report_id = reports.report_id
left join staging.stg_themes as themes on mentions.theme_id = themes.theme_id
order by reports.report_year desc, mentions.char_start, mentions.theme_id"""


def show_township(view: View) -> Response:
    """`/townships/<township_key>`: every indicator of every year, with charts."""
    key = view.request.path_params["key"]
    township = view.reader.row("select * from marts.dim_township where township_key = $key", {"key": key})
    if township is None:
        raise NoSuchThingError(Words(f"没有编码为 {key} 的乡镇街道。", f"No township has the key {key}."))
    name, code = township["unit_name"], township["county_code"]
    card = _show_card(view, name, key)
    reports = _show_reports(view, name, key)
    plans = view.show(
        Listing(
            "plans",
            Words(f"{name}的计划与落实", f"Plans of {name} and their outcome"),
            _PLAN_COLUMNS,
            PLANS_SQL,
            {"township": key},
            Words("没有读出下一年计划的主题。", "No plans with a theme found."),
        )
    )
    collected = [row for row in reports.rows if row["report_id"]]
    problems = view.show(
        Listing(
            "problems",
            Words(f"{name}自述的不足", f"Shortcomings reported by {name}"),
            _PROBLEM_COLUMNS,
            PROBLEMS_SQL,
            {"reports": [row["report_id"] for row in collected] or [""]},
            Words("没有读出不足的主题。", "No shortcomings with a theme found."),
        )
    )
    years = [row["report_year"] for row in reversed(reports.rows)]
    return view.answer(
        "township.html",
        township=township,
        parents=[*list_parents(view, code), (township["county_name"], f"/counties/{code}")],
        whole=whole_of(township["county_name"]),
        card=card,
        grid=_lay_grid(view, card.rows),
        years=[row["report_year"] for row in reversed(collected)],
        charts=_draw_trends(view, card.rows, years),
        has_medians=any(row["county_median"] is not None for row in card.rows),
        reports=reports,
        plans=plans,
        problems=problems,
    )


def _show_card(view: View, name: str, key: str) -> Shown:
    """Show every figure of every year; median and rank only if at least three townships have a figure."""
    card = view.show(
        Listing(
            "indicators",
            Words(f"{name}历年指标", f"Indicators of {name} over the years"),
            _CARD_COLUMNS,
            CARD_SQL,
            {"township": key},
            Words("没有读出可用的指标。", "No indicators found."),
        )
    )
    for row in card.rows:
        rank, ranked = row["county_rank"], row["county_townships"] or 0
        if ranked < LEAST_RANKED:
            row["county_median"] = rank = None
        year = row["report_year"]
        row["rank_said"] = (
            view.t(f"{year}年第{rank}名／{ranked}个有数", f"{rank} of {ranked} in {year}") if rank else None
        )
    return card


def _show_reports(view: View, name: str, key: str) -> Shown:
    words = Words(f"{name}历年报告", f"Reports of {name}")
    reports = view.show(
        Listing("reports", words, _REPORT_COLUMNS, REPORTS_SQL, {"township": key}), needed=True
    )
    for row in reports.rows:
        without = view.t("（无标题）", "(no title)") if row["report_id"] else view.t("未见报告", "none")
        row["title"] = row["title"] or without
    return reports


def _lay_grid(view: View, rows: list[Row]) -> list[dict[str, Any]]:
    """Return indicators with their figures by year, grouped by domain."""
    grid: dict[str, dict[str, Any]] = {}
    for row in rows:
        one = grid.setdefault(
            row["indicator_id"],
            {
                "row": row,
                "name": view.name_of(row),
                "domain": view.name_of(row, "domain_name"),
                "by_year": {},
            },
        )
        one["by_year"][row["report_year"]] = row
        one["row"] = row  # of the latest year
    return list(grid.values())


def _draw_trends(view: View, rows: list[Row], years: list[int]) -> list[tuple[str, str, Markup]]:
    """Return id, name and chart of each indicator with figures of at least two years."""
    by_indicator: dict[str, list[Row]] = {}
    for row in rows:
        by_indicator.setdefault(row["indicator_id"], []).append(row)
    charts = []
    for indicator_id, own in by_indicator.items():
        if len(own) < 2:
            continue
        name = f"{view.name_of(own[0])}（{own[0]['unit']}）" if own[0]["unit"] else view.name_of(own[0])
        medians = [
            (row["report_year"], row["county_median"]) for row in own if row["county_median"] is not None
        ]
        series = [
            Series(view.t("区县中位数", "county median"), medians, "median"),
            Series(
                view.t("本单位", "this township"), [(row["report_year"], row["value"]) for row in own], "own"
            ),
        ]
        shown = [year for year in years if own[0]["report_year"] <= year <= own[-1]["report_year"]]
        charts.append((indicator_id, name, draw_lines(name, series, shown)))
    return charts


def show_comparison(view: View) -> Response:
    """`/compare?t=KEY&t=KEY`: up to five townships in one year; `?name=` finds more to add."""
    year, years = chosen_year(view)
    keys = list(dict.fromkeys(view.request.query_params.getlist("t")))[:MOST_COMPARED]
    townships = view.reader.rows(
        "select * from marts.dim_township where township_key in $keys", {"keys": keys or [""]}
    )
    townships.sort(key=lambda row: keys.index(row["township_key"]))
    keys = [row["township_key"] for row in townships]
    comparison = view.show(_compare(townships, year)) if townships else None
    name = view.ask("name")
    found = [] if view.wants_file else _find_more(view, name)
    return view.answer(
        "compare.html",
        year=year,
        years=years,
        keys=keys,
        townships=townships,
        comparison=comparison,
        name=name,
        found=[row for row in found if row["township_key"] not in keys],
        is_full=len(keys) >= MOST_COMPARED,
    )


def _find_more(view: View, name: str) -> list[Row]:
    """Return townships to add: those of a name, else those of the home county that have reported."""
    if name:
        return view.reader.rows(
            f"select * from marts.find_township($name) limit {_FOUND_NAMES}", {"name": name}
        )
    if view.home is None:
        return []
    return view.reader.rows(
        "select * from marts.dim_township where county_code = $code and years_reported > 0 "
        "order by township_code nulls last, township_key",
        {"code": view.home[0]},
    )


def _compare(townships: list[Row], year: int) -> Listing:
    """Return indicators of one year with columns per township: `value_0` and its remarks for the first."""
    keys = {f"key_{number}": row["township_key"] for number, row in enumerate(townships)}
    return Listing(
        "comparison",
        Words(f"{year}年指标对比", f"Indicators of {year} side by side"),
        _comparison_columns(_name_apart(townships)),
        _comparison_sql(list(keys)),
        {**keys, "year": year},
    )


def _comparison_sql(keys: list[str]) -> str:
    """Return the query for townships whose keys are parameters of these names."""
    values = ",\n    ".join(
        f"any_value(figures.{name}) filter (where figures.township_key = ${key}) as {name}_{number}"
        for number, key in enumerate(keys)
        for name in ("value", "qualifier", "scope", "several", "doubt", "quantity_id")
    )
    return f"""\
with figures as (
    select
        figures.*,
        {columns.HEADLINE_REMARKS_SQL}
    from marts.township_indicators as figures
    where figures.report_year = $year and figures.township_key in ({", ".join(f"${key}" for key in keys)})
)

select
    indicators.domain_name_zh,
    indicators.domain_name_en,
    indicators.indicator_id,
    indicators.name_zh,
    indicators.name_en,
    {values},
    indicators.unit
from figures
inner join marts.dim_indicator as indicators on figures.indicator_id = indicators.indicator_id
group by all
order by any_value(indicators.domain_position), indicators.indicator_id"""


def _comparison_columns(names: list[str]) -> list[Column]:
    """Return a column with the figure of each township, followed by remark columns for downloads."""
    values = [
        Column(
            f"value_{number}", Words(name, name), "number", partial(_link_compared, number),
            remarks=(f"doubt_{number}", f"scope_{number}", f"several_{number}", f"qualifier_{number}"),
        )
        for number, name in enumerate(names)
    ]  # fmt: skip
    remarks = [
        Column(
            f"{column.key}_{number}",
            Words(f"{name}{column.words.zh}", f"{name}: {column.words.en}"),
            "remark",
        )
        for number, name in enumerate(names)
        for column in (columns.QUALIFIER, columns.SCOPE, columns.SEVERAL, columns.DOUBT)
    ]
    return [columns.DOMAIN, columns.INDICATOR_LINK, *values, columns.UNIT, *remarks]


def _name_apart(townships: list[Row]) -> list[str]:
    """Return the townships' names, with the county if two have the same name."""
    names = [row["unit_name"] for row in townships]
    return [
        name if names.count(name) == 1 else f"{row['county_name']}{name}"
        for name, row in zip(names, townships, strict=True)
    ]


def _link_compared(number: int, row: Row) -> str | None:
    quantity_id = row[f"quantity_id_{number}"]
    return f"/reports/{quantity_id.partition('-')[0]}#q-{quantity_id}" if quantity_id else None


_CARD_COLUMNS = (
    columns.DOMAIN,
    columns.INDICATOR,
    columns.YEAR,
    columns.VALUE,
    columns.UNIT,
    columns.QUALIFIER,
    columns.SCOPE,
    columns.SEVERAL,
    columns.DOUBT,
    Column("previous_value", Words("上次数值", "previous value"), "number"),
    Column("percent_change", Words("变化（%）", "change, %"), "number"),
    columns.COUNTY_MEDIAN,
    Column("rank_said", Words("区县排名", "county rank")),
    columns.QUANTITY_ID,
)
_REPORT_COLUMNS = (
    columns.YEAR,
    Column(
        "title",
        Words("报告", "report"),
        link=lambda row: f"/reports/{row['report_id']}" if row["report_id"] else None,
    ),
    columns.PUBLISHED_ON,
    Column("lateness_zh", Words("报送情况", "timeliness")),
    columns.MISSING_PARTS,
    columns.DISCLOSED,
    columns.REPORT_ID,
)
_PLAN_COLUMNS = (
    Column("report_year", Words("写于", "planned in"), "year"),
    Column("name_zh", Words("主题", "theme")),
    Column("plan_sentence", Words("计划", "plan"), "quote", lambda row: f"/reports/{row['report_id']}"),
    Column("outcome", Words("结果", "outcome"), "code"),
    Column(
        "delivery_sentence",
        Words("下一年报告", "next report"),
        "quote",
        lambda row: f"/reports/{row['next_report_id']}" if row["next_report_id"] else None,
    ),
)
_PROBLEM_COLUMNS = (
    columns.YEAR,
    Column("name_zh", Words("主题", "theme")),
    Column(
        "sentence",
        Words("原句", "sentence"),
        "quote",
        lambda row: f"/reports/{row['report_id']}?at={row['char_start']}-{row['char_end']}#at",
    ),
)
