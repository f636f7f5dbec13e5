with

figures as (

    select * from {{ ref('township_indicators') }}
    where qualifier in ('exact', 'approx')

),

summarised as (

    select
        county_code,
        arg_max(county_name, township_key) as county_name,
        arg_max(city_name, township_key) as city_name,
        arg_max(province_name, township_key) as province_name,
        report_year,
        indicator_id,
        arg_max(name_zh, township_key) as name_zh,
        arg_max(unit, township_key) as unit,
        count(*)::integer as townships,
        median(value) as median_value,
        min(value) as min_value,
        max(value) as max_value,
        case when any_value(kind) != 'rate' then sum(value) end as total_value
    from figures
    where county_code is not null
    group by county_code, report_year, indicator_id

)

select * from summarised
