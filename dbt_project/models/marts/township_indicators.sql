with

headlines as (

    select * from {{ ref('int_indicator_headlines') }}

),

township_reports as (

    select * from {{ ref('int_township_reports') }}

),

quantities as (

    select * from {{ ref('fct_quantity') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

doubts as (

    select * from {{ ref('int_open_doubts') }}

),

figures as (

    select
        headlines.township_key,
        township_reports.unit_name,
        township_reports.county_name,
        township_reports.province_name,
        headlines.report_year,
        headlines.indicator_id,
        indicators.name_zh,
        indicators.unit,
        headlines.value,
        headlines.qualifier,
        headlines.mentions,
        quantities.sentence,
        headlines.report_id,
        headlines.quantity_id,
        township_reports.county_code,
        township_reports.city_name,
        township_reports.township_code,
        indicators.domain_id,
        indicators.name_en,
        indicators.kind,
        headlines.scope,
        headlines.confidence,
        quantities.unit as printed_unit,
        doubts.doubt_zh,
        headlines.other_totals
    from headlines
    inner join township_reports on headlines.report_id = township_reports.report_id
    inner join quantities on headlines.quantity_id = quantities.quantity_id
    inner join indicators on headlines.indicator_id = indicators.indicator_id
    left join doubts on headlines.quantity_id = doubts.quantity_id

)

select * from figures
order by township_key, report_year, indicator_id
