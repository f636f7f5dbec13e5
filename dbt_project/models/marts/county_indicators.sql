with

headlines as (

    select * from {{ ref('int_indicator_headlines') }}
    where qualifier in ('exact', 'approx')

),

township_reports as (

    select * from {{ ref('int_township_reports') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

doubts as (

    select * from {{ ref('int_open_doubts') }}

),

summarised as (

    select
        township_reports.county_code,
        arg_max(township_reports.county_name, headlines.township_key) as county_name,
        arg_max(township_reports.city_name, headlines.township_key) as city_name,
        arg_max(township_reports.province_name, headlines.township_key) as province_name,
        headlines.report_year,
        indicators.indicator_id,
        indicators.name_zh,
        indicators.unit,
        count(*)::integer as townships,
        median(headlines.value) as median_value,
        min(headlines.value) as min_value,
        max(headlines.value) as max_value,
        case when indicators.kind != 'rate' then sum(headlines.value) end as total_value,
        count(doubts.quantity_id)::integer as doubtful_townships,
        count(*) filter (where headlines.scope = 'partial')::integer as partial_townships
    from headlines
    inner join township_reports on headlines.report_id = township_reports.report_id
    inner join indicators on headlines.indicator_id = indicators.indicator_id
    left join doubts on headlines.quantity_id = doubts.quantity_id
    where township_reports.county_code is not null
    group by
        township_reports.county_code, headlines.report_year, indicators.indicator_id,
        indicators.name_zh, indicators.unit, indicators.kind

)

select * from summarised
