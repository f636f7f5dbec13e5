with

trends as (

    select * from {{ ref('indicator_trends') }}
    where is_comparable and county_code is not null

),

coverage as (

    select * from {{ ref('coverage') }}

),

figures as (

    select * from {{ ref('township_indicators') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

county_townships as (

    select
        county_code,
        report_year,
        count(*)::integer as townships_in_county
    from coverage
    group by county_code, report_year

),

-- a place among two tells nothing
ranked as (

    select
        trends.county_code,
        trends.county_name,
        trends.report_year,
        trends.indicator_id,
        indicators.domain_name_zh,
        indicators.name_zh,
        trends.county_rank,
        '第' || trends.county_rank || '名／' || trends.county_townships || '个有数（全'
        || case
            when right(trends.county_name, 1) in ('县', '区', '市', '旗') then right(trends.county_name, 1)
            else '县'
        end
        || county_townships.townships_in_county || '个）' as rank_zh,
        trends.township_key,
        trends.unit_name,
        trends.value,
        indicators.unit,
        trends.qualifier,
        trends.county_median,
        trends.county_townships as townships_with_value,
        county_townships.townships_in_county,
        figures.sentence,
        figures.report_id,
        trends.quantity_id
    from trends
    inner join county_townships
        on
            trends.county_code = county_townships.county_code
            and trends.report_year = county_townships.report_year
    inner join figures on trends.quantity_id = figures.quantity_id
    inner join indicators on trends.indicator_id = indicators.indicator_id
    where trends.county_townships >= {{ var('rank_from_townships') }}

)

select * from ranked
