"""Contents of the sheets of a county's workbook: queries on the marts and the columns of the sheets.

Content first and ids last, in Chinese, with names instead of codes. `workbook` formats the cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestration.publishing.spreadsheet import in_words


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a sheet.

    Attributes:
        name: name of the query's column; empty for one that the officer fills in.
        kind: text, long (wraps), number, year, date, status (coloured), id (small and grey); for columns to
            fill in: input, yes, day, indicator, period, scope, township.
    """

    header: str
    name: str = ""
    kind: str = "text"


@dataclass(frozen=True, slots=True)
class CountySheet:
    """A sheet of a county's workbook.

    Attributes:
        about: what a row is and what to do with it, for the guide.
        query: ordered by county_code, its first column, which is not shown.
        empty: text for a sheet without rows.
    """

    title: str
    about: str
    query: str
    columns: Sequence[SheetColumn]
    empty: str


_C = SheetColumn
_NOTE = _C("备注", kind="input")
_CORRECTIONS = (
    _C("更正值", kind="input"),
    _C("更正单位", kind="input"),
    _C("更正指标", kind="indicator"),
    _C("更正时期", kind="period"),
    _C("更正范围", kind="scope"),
    _C("不是数字", kind="yes"),
    _C("已确认", kind="yes"),
    _NOTE,
)
_HEAD = (_C("报告年度", "report_year", "year"), _C("乡镇街道", "unit_name"))
_VALUE = (_C("数值", "value", "number"), _C("单位", "unit"))
_DOUBT = _C("存疑", "doubt_severity_zh", "status")
_TO_CORRECT = (
    _C("原文", "surface"),
    _C("原句", "sentence", "long"),
    *_CORRECTIONS,
    _C("已有更正", "decided_zh"),
    _C("数字编号", "quantity_id", "id"),
)
_REPORT_ID = _C("报告编号", "report_id", "id")
# those with reports, and the home county
COUNTIES = """
    select county_code, county_name, city_name, province_name from marts.dim_county
    where county_code = $home or county_code in (select county_code from marts.reporting_compliance)
    order by county_code
"""
_DECIDED = f"""
    decided as (
        select
            quantity_id,
            string_agg(
                case field
                    when 'confirmed' then '已确认'
                    when 'not_a_figure' then '不是数字'
                    when 'value' then '值→' || regexp_replace(corrected_value, '\\.0$', '')
                    when 'unit' then '单位→' || corrected_value
                    when 'indicator_id' then '指标→' || coalesce(i.name_zh, '无')
                    when 'period' then '时期→' || {in_words("corrected_value", "period")}
                    when 'scope' then '范围→' || {in_words("corrected_value", "scope")}
                    else '已更正'
                end || coalesce('（' || decided_by || '）', ''), '；' order by field
            ) as decided_zh
        from marts.decisions d left join marts.dim_indicator i on i.indicator_id = d.corrected_value
        where quantity_id is not null
        group by quantity_id
    )
"""
# the most severe finding of a figure: error sorts before warn
_DOUBTED = f"""
    doubted as (
        select quantity_id, {in_words("min(severity)", "severity")} as doubt_severity_zh from marts.open_doubts()
        group by quantity_id
    )
"""
# townships of a county in the order of the gazetteer, as on its page; those that it lacks are last
_PLACES = "left join (select township_key, township_code from marts.dim_township) places using (township_key)"
_BY_PLACE = "township_code nulls last, township_key"

SHEETS: tuple[CountySheet, ...] = (
    CountySheet(
        "未报送",
        "每个还没有报告的乡镇街道、年度一行。收到报告后放进报告文件夹，下次运行后自动去掉。",
        f"""
        select
            county_code, report_year, unit_name, unit_type,
            coalesce(last_year || '年', '从未报送') as last_year, publication_due_on, township_key
        from marts.unreported_townships {_PLACES}
        order by county_code, report_year desc, {_BY_PLACE}
        """,
        (
            *_HEAD,
            _C("类型", "unit_type"),
            _C("最近报送", "last_year"),
            _C("应公开日期", "publication_due_on", "date"),
            _C("乡镇编码", "township_key", "id"),
        ),
        "没有未报送的乡镇街道。",
    ),
    CountySheet(
        "未收录的文件",
        "每个读不了的文件一行：哪里不对，退回时怎么写。可能就是“未报送”的乡镇街道的报告，“可能是”只看文件名。",
        """
        select unnest(r.county_codes) as county_code, f.source_name, r.maybe_zh, f.reason_zh, f.reply_zh, f.source_path
        from marts.rejected_files f join marts.received_files(home := $home) r using (source_path)
        order by county_code, f.source_path
        """,
        (
            _C("文件名", "source_name", "long"),
            _C("可能是", "maybe_zh"),
            _C("哪里不对，怎么办", "reason_zh", "long"),
            _C("退回时这样写", "reply_zh", "long"),
            _C("文件路径", "source_path", "id"),
        ),
        "没有读不了的文件。",
    ),
    CountySheet(
        "迟报",
        "每份报告一行：按时、迟报多少天、未见日期。报告没有写发布日期的，请在黄色的“收到日期”填写实际收到的日期。",
        f"""
        select
            county_code, report_year, unit_name, lateness_zh, lateness_basis_zh, published_on, publication_due_on,
            received_on, superior_report_due_on, document_date, report_id
        from marts.reporting_compliance
        where county_code is not null
        order by county_code, report_year desc, lateness_zh = '按时', lateness_zh = '未见日期', {_BY_PLACE}
        """,
        (
            *_HEAD,
            _C("报送情况", "lateness_zh", "status"),
            _C("判断依据", "lateness_basis_zh"),
            _C("发布日期", "published_on", "date"),
            _C("应公开日期", "publication_due_on", "date"),
            _C("收到日期", "received_on", "day"),
            _C("应报送日期", "superior_report_due_on", "date"),
            _C("成文日期", "document_date", "date"),
            _NOTE,
            _REPORT_ID,
        ),
        "还没有收到报告。",
    ),
    CountySheet(
        "缺要素",
        "每份缺少规定内容的报告一行（举措和成效、第一责任人履职、不足和原因、下一年安排）。",
        f"""
        select
            county_code, report_year, unit_name, missing_parts, has_achievements, has_leadership, has_problems,
            has_plans, parts_without_heading, indicators_disclosed, report_id
        from marts.reporting_compliance
        where county_code is not null and missing_parts is not null
        order by county_code, report_year desc, parts_present, {_BY_PLACE}
        """,
        (
            *_HEAD,
            _C("缺少的内容", "missing_parts", "long"),
            _C("举措和成效", "has_achievements", "status"),
            _C("第一责任人履职", "has_leadership", "status"),
            _C("不足和原因", "has_problems", "status"),
            _C("下一年安排", "has_plans", "status"),
            _C("写到但未单列", "parts_without_heading"),
            _C("公开指标数", "indicators_disclosed", "number"),
            _REPORT_ID,
        ),
        "收到的报告要素齐全。",
    ),
    CountySheet(
        "数字存疑",
        "每处对不上的数字一行，请看原句核对。确实错了在黄色列更正，没有错的在“已确认”选“是”。",
        f"""
        with {_DECIDED},
        open as (select distinct finding_id from marts.open_doubts())
        select
            f.county_code, f.report_year, f.unit_name,
            if(f.severity = 'info' or open.finding_id is not null, {in_words("f.severity", "severity")}, '已确认')
                as severity_zh,
            f.message_zh, f.name_zh, f.value, f.unit, f.surface, f.sentence, d.decided_zh, f.quantity_id
        from marts.quantity_findings f left join decided d using (quantity_id) left join open using (finding_id)
        {_PLACES}
        where f.county_code is not null
        order by
            f.county_code, f.report_year desc nulls last, severity_zh = '已确认', f.severity = 'info',
            f.severity = 'warn', {_BY_PLACE}, f.finding_id
        """,
        (
            *_HEAD,
            _C("程度", "severity_zh", "status"),
            _C("哪里不对", "message_zh", "long"),
            _C("指标", "name_zh"),
            *_VALUE,
            *_TO_CORRECT,
        ),
        "没有发现对不上的数字。",
    ),
    CountySheet(
        "排名",
        "每个乡镇街道、年度、指标一行：从大到小的名次。有数的乡镇街道不足三个的指标不排名；标了“存疑”的先核对再用。",
        f"""
        with {_DOUBTED}
        select
            county_code, report_year, domain_name_zh, name_zh, rank_zh, unit_name, value, unit,
            {in_words("qualifier", "qualifier")} as qualifier_zh, doubt_severity_zh,
            {in_words("scope", "scope")} as scope_zh, county_median, sentence, quantity_id
        from marts.indicator_rankings left join doubted using (quantity_id) {_PLACES}
        order by county_code, report_year desc, domain_name_zh, name_zh, county_rank, {_BY_PLACE}
        """,
        (
            _C("报告年度", "report_year", "year"),
            _C("领域", "domain_name_zh"),
            _C("指标", "name_zh"),
            _C("名次", "rank_zh"),
            _C("乡镇街道", "unit_name"),
            *_VALUE,
            _C("精确程度", "qualifier_zh"),
            _DOUBT,
            _C("范围", "scope_zh"),
            _C("本区县中位数", "county_median", "number"),
            _C("原句", "sentence", "long"),
            _C("数字编号", "quantity_id", "id"),
        ),
        "没有哪个指标有三个以上乡镇街道公布，不排名。",
    ),
    CountySheet(
        "待认领",
        "每份看不出是哪个乡镇、哪一年的报告一行。请在黄色列选择或填写乡镇（如 铜梁区太平镇）和年份。",
        f"""
        with counties as ({COUNTIES}),
        waiting as (
            select
                c.county_code, c.county_name, string_split(u.candidates_zh, '、') as places,
                u.* exclude (county_code, county_name)
            from marts.unresolved_reports u
            join counties c on c.county_code = u.county_code or c.county_code = $home
                or contains(coalesce(u.candidate_keys, ''), c.county_code || '-')
                or contains(u.source_path, c.county_name)
        )
        select
            county_code, problem_zh, title, source_name,
            array_to_string(  -- those of the county first: of many, a cell shows and a list offers the first alone
                list_filter(places, lambda place: contains(place, county_name))
                || list_filter(places, lambda place: not contains(place, county_name)), '、'
            ) as candidates_zh,
            unit_name, report_year, report_id
        from waiting
        order by county_code, source_path, report_id
        """,
        (
            _C("问题", "problem_zh", "status"),
            _C("标题", "title", "long"),
            _C("文件名", "source_name"),
            _C("可能是", "candidates_zh", "long"),
            _C("读到的单位", "unit_name"),
            _C("读到的年度", "report_year", "year"),
            _C("更正乡镇", kind="township"),
            _C("更正年份", kind="input"),
            _NOTE,
            _REPORT_ID,
        ),
        "没有待认领的报告。",
    ),
    CountySheet(
        "乡镇指标",
        "每个乡镇街道、年度、指标一行：报告中的主要数字和原句。读错了的在黄色列更正。",
        f"""
        with {_DECIDED}, {_DOUBTED}
        select
            f.county_code, f.report_year, f.unit_name, i.domain_name_zh, f.name_zh, f.value, f.unit,
            {in_words("f.qualifier", "qualifier")} as qualifier_zh, doubt_severity_zh,
            {in_words("f.scope", "scope")} as scope_zh, nullif(f.other_totals, 0) as other_totals,
            t.previous_value, t.previous_year, t.percent_change, q.surface, f.sentence, d.decided_zh, f.quantity_id
        from marts.township_indicators f
        join marts.dim_indicator i using (indicator_id)
        join marts.fct_quantity q using (quantity_id)
        left join marts.indicator_trends t using (quantity_id)
        left join decided d using (quantity_id)
        left join doubted using (quantity_id)
        where f.county_code is not null
        order by
            f.county_code, f.report_year desc, f.township_code nulls last, f.township_key,
            i.domain_position, f.indicator_id
        """,
        (
            *_HEAD,
            _C("领域", "domain_name_zh"),
            _C("指标", "name_zh"),
            *_VALUE,
            _C("精确程度", "qualifier_zh"),
            _DOUBT,
            _C("范围", "scope_zh"),
            _C("另有几个数", "other_totals", "number"),
            _C("上次数值", "previous_value", "number"),
            _C("上次年度", "previous_year", "year"),
            _C("变化（%）", "percent_change", "number"),
            *_TO_CORRECT,
        ),
        "还没有提取到数字。",
    ),
)

# Indicators that most townships state over the years; those with most years first.
TRENDS = f"""
    select county_code, indicator_id, name_zh, unit, unit_name, report_year, value, remark
    from (
        select
            t.county_code, t.indicator_id, i.name_zh, i.unit, t.unit_name, t.township_key, t.report_year, t.value,
            case
                when t.quantity_id in (select quantity_id from marts.open_doubts()) then 'doubtful'
                when t.scope = 'partial' then 'partial'
            end as remark,
            count(distinct t.report_year) over (partition by t.county_code, t.indicator_id) as years,
            count(*) over (partition by t.county_code, t.indicator_id) as figures
        from marts.indicator_trends t join marts.dim_indicator i using (indicator_id)
        where t.is_comparable and t.county_code is not null
    ) {_PLACES}
    order by county_code, years >= 2 desc, figures desc, indicator_id, {_BY_PLACE}, report_year
"""
INDICATORS = """
    select name_zh, unit, domain_name_zh, definition, indicator_id from marts.dim_indicator
    order by domain_position, indicator_id
"""
