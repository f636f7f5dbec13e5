{#-
    Table macros for the usual questions, stored in schema marts.

    A township is given by its key (500151-太平镇) or its name (太平镇), a county by its code or name,
    an indicator by its id or its Chinese name. Without a year the latest one is used.
-#}
{#- Resolves a name or key, a parameter of a table macro, to keys in a small table first, because
    comparing the names of all rows of a large table takes three times as long. -#}
{% macro keys_of_township(given) -%}
    (
            select known.township_key from marts.dim_township as known
            where {{ given }} in (known.township_key, known.unit_name)
        )
{%- endmacro %}

{% macro reports_of_township(given) -%}
    (
            select known.report_id from marts.dim_report as known
            where {{ given }} in (known.township_key, known.unit_name)
        )
{%- endmacro %}

{% macro codes_of_county(given) -%}
    (
                select known.county_code from marts.dim_report as known
                where {{ given }} in (known.county_code, known.county_name)
            )
{%- endmacro %}

{% macro create_query_macros() %}
create or replace macro marts.find_township(name) as table
    select
        township_key,
        unit_name,
        county_name,
        city_name,
        province_name,
        years_reported,
        first_year,
        last_year
    from marts.dim_township
    where contains(unit_name, name) or township_key = name
    order by years_reported desc, township_key;

comment on macro table marts.find_township is
'Townships (乡镇街道) whose name contains the given text, those with reports first.';

create or replace macro marts.township_card(township, year := null) as table
    with figures as (
        select * from marts.township_indicators
        where township_key in {{ keys_of_township('township') }}
        qualify report_year = coalesce(year, max(report_year) over (partition by township_key))
    )

    select
        figures.township_key,
        figures.report_year,
        indicators.domain_name_zh,
        figures.indicator_id,
        figures.name_zh,
        figures.value,
        figures.unit,
        figures.qualifier,
        trends.previous_year,
        trends.previous_value,
        trends.percent_change,
        trends.county_median,
        trends.county_rank,
        trends.county_townships,
        figures.mentions,
        figures.sentence,
        figures.scope,
        figures.doubt_zh,
        figures.other_totals
    from figures
    inner join marts.dim_indicator as indicators on figures.indicator_id = indicators.indicator_id
    inner join marts.indicator_trends as trends
        on
            figures.township_key = trends.township_key
            and figures.report_year = trends.report_year
            and figures.indicator_id = trends.indicator_id
    order by figures.township_key, indicators.domain_position, figures.indicator_id;

comment on macro table marts.township_card is
'One township''s card (乡镇卡片): every headline figure of a year with the previous year, its county''s median and rank, its sentence, whether it is a part, and why it is doubtful.';

create or replace macro marts.township_history(township, indicator) as table
    select
        trends.township_key,
        trends.indicator_id,
        indicators.name_zh,
        trends.report_year,
        trends.value,
        indicators.unit,
        trends.qualifier,
        trends.previous_year,
        trends.change,
        trends.percent_change,
        trends.county_median,
        trends.province_median,
        trends.national_median
    from marts.indicator_trends as trends
    inner join marts.dim_indicator as indicators on trends.indicator_id = indicators.indicator_id
    where
        trends.township_key in {{ keys_of_township('township') }}
        and indicator in (trends.indicator_id, indicators.name_zh)
    order by trends.township_key, trends.report_year;

comment on macro table marts.township_history is
'One indicator of one township over the years (历年), with the medians of its county, province and the country.';

create or replace macro marts.compare_townships(township_a, township_b, year := null) as table
    with figures as (
        select * from marts.township_indicators
        where township_key in (
            select known.township_key from marts.dim_township as known
            where
                township_a in (known.township_key, known.unit_name)
                or township_b in (known.township_key, known.unit_name)
        )
    ),

    compared_year as (
        select
            coalesce(year, (
                select max(a.report_year)
                from figures as a
                inner join figures as b on a.report_year = b.report_year
                where
                    township_a in (a.township_key, a.unit_name)
                    and township_b in (b.township_key, b.unit_name)
            )) as report_year
    ),

    a as (
        select * from figures
        where
            township_a in (township_key, unit_name)
            and report_year = (select compared_year.report_year from compared_year)
    ),

    b as (
        select * from figures
        where
            township_b in (township_key, unit_name)
            and report_year = (select compared_year.report_year from compared_year)
    )

    select
        coalesce(a.report_year, b.report_year) as report_year,
        indicators.domain_name_zh,
        indicators.indicator_id,
        indicators.name_zh,
        a.value as value_a,
        b.value as value_b,
        indicators.unit,
        a.value - b.value as difference,
        a.sentence as sentence_a,
        b.sentence as sentence_b,
        a.scope as scope_a,
        b.scope as scope_b,
        a.doubt_zh as doubt_a_zh,
        b.doubt_zh as doubt_b_zh
    from a
    full outer join b on a.indicator_id = b.indicator_id
    inner join marts.dim_indicator as indicators
        on coalesce(a.indicator_id, b.indicator_id) = indicators.indicator_id
    order by indicators.domain_position, indicators.indicator_id;

comment on macro table marts.compare_townships is
'Two townships side by side (两镇对比) in one year, by default the latest that both have reported; null if a township does not state the figure.';

create or replace macro marts.rank_county(county, indicator, year := null) as table
    -- by code: the rows of a county are adjacent, so others are not read
    with trends as (
        select * from marts.indicator_trends
        where
            county_code in {{ codes_of_county('county') }}
            and indicator_id in (
                select known.indicator_id from marts.dim_indicator as known
                where indicator in (known.indicator_id, known.name_zh)
            )
        qualify report_year = coalesce(year, max(report_year) over (partition by county_code))
    ),

    figures as (
        select
            quantity_id,
            unit,
            sentence,
            doubt_zh
        from marts.township_indicators
        where county_code in {{ codes_of_county('county') }}
    )

    select
        trends.county_name,
        trends.report_year,
        trends.county_rank,
        trends.township_key,
        trends.unit_name,
        trends.value,
        figures.unit,
        trends.qualifier,
        trends.county_median,
        figures.sentence,
        trends.scope,
        figures.doubt_zh,
        trends.other_totals
    from trends
    inner join figures on trends.quantity_id = figures.quantity_id
    order by trends.county_code, trends.county_rank nulls last, trends.value desc, trends.township_key;

comment on macro table marts.rank_county is
'Townships of a county ranked by an indicator (县内排名), largest first; figures that are only a bound come last without a rank.';

create or replace macro marts.county_card(county, year := null) as table
    select * from marts.county_scorecard
    where
        county in (county_code, county_name)
        and (year is null or report_year = year)
    order by county_code, report_year;

comment on macro table marts.county_card is
'One county''s scorecard (区县卡片), all years or one.';

create or replace macro marts.evidence(township, indicator, year := null) as table
    -- With an empty result, a misspelt township would look like one that states nothing.
    with asked as (
        select
            case
                when not exists (
                    select 1 from marts.dim_township as known
                    where township in (known.township_key, known.unit_name)
                )
                    then error(
                        '没有乡镇“' || township || '”；最接近的是“' || (
                            select max_by(near.township_key, jaro_winkler_similarity(near.unit_name, township))
                            from marts.dim_township as near
                        ) || '”。No township has this key or name; find_township() looks for parts of names.'
                    )
                when not exists (
                    select 1 from marts.dim_indicator as known
                    where indicator in (known.indicator_id, known.name_zh)
                )
                    then error(
                        '没有指标“' || indicator || '”；最接近的是“' || (
                            select max_by(near.name_zh, jaro_winkler_similarity(near.name_zh, indicator))
                            from marts.dim_indicator as near
                        ) || '”。No indicator has this id or name.'
                    )
                else true
            end as is_known
    ),

    -- Each query selects its reports itself: with a shared CTE, DuckDB would not know which rows it can skip.
    sections as (
        select
            section_id,
            heading
        from marts.fct_section
        where report_id in {{ reports_of_township('township') }}
    ),

    headlines as (
        select quantity_id from marts.township_indicators
        where township_key in (
            select known.township_key from marts.dim_report as known
            where township in (known.township_key, known.unit_name)
        )
    )

    select
        reports.township_key,
        reports.report_year,
        quantities.indicator_id,
        quantities.value,
        quantities.unit,
        quantities.qualifier,
        quantities.period,
        quantities.scope,
        headlines.quantity_id is not null as is_headline,
        quantities.surface,
        quantities.sentence,
        sections.heading,
        quantities.rule,
        quantities.confidence,
        quantities.correction_id,
        reports.source_path,
        quantities.char_start,
        quantities.char_end,
        quantities.quantity_id
    from marts.fct_quantity as quantities
    inner join marts.dim_report as reports on quantities.report_id = reports.report_id
    inner join marts.dim_indicator as indicators on quantities.indicator_id = indicators.indicator_id
    left join sections on quantities.section_id = sections.section_id
    left join headlines on quantities.quantity_id = headlines.quantity_id
    where
        township in (reports.township_key, reports.unit_name)
        and indicator in (quantities.indicator_id, indicators.name_zh)
        and (year is null or reports.report_year = year)
        and (select asked.is_known from asked)
    order by reports.township_key, reports.report_year, quantities.char_start;

comment on macro table marts.evidence is
'Evidence for a number (数据出处): all figures of a township''s reports for an indicator, with sentence, position in the text, rule and file; for an unknown township or indicator an error names the nearest one.';
{% endmacro %}
