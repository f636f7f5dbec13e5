with

headlines as (

    select * from {{ ref('int_indicator_headlines') }}

),

township_reports as (

    select * from {{ ref('int_township_reports') }}

),

figures as (

    select
        headlines.township_key,
        township_reports.unit_name,
        headlines.indicator_id,
        headlines.report_year,
        headlines.value,
        headlines.qualifier,
        headlines.scope,
        headlines.other_totals,
        headlines.qualifier in ('exact', 'approx') as is_comparable,
        township_reports.county_code,
        township_reports.county_name,
        township_reports.province_name,
        headlines.report_id,
        headlines.quantity_id
    from headlines
    inner join township_reports on headlines.report_id = township_reports.report_id

),

-- A township's key begins with the code of its county. Each window also names the code, so that
-- one county can be recomputed alone.
with_previous as (

    select
        *,
        lag(report_year) over earlier as previous_year,
        lag(value) over earlier as previous_value,
        lag(quantity_id) over earlier as previous_quantity_id,
        -- 23 disputes over contracts are no fewer than 301 of all kinds
        lag(is_comparable) over earlier
        and coalesce(lag(scope) over earlier, '') = coalesce(scope, '') as is_previous_alike,
        min(report_year) over (partition by county_code, township_key, indicator_id) as first_year,
        count(*) over (partition by county_code, township_key, indicator_id) as years_reported,
        -- bounds (以上, 不足) cannot be ranked among figures: they are ranked separately and not shown
        rank() over (
            partition by county_code, is_comparable, report_year, indicator_id
            order by value desc
        ) as county_rank
    from figures
    window earlier as (partition by county_code, township_key, indicator_id order by report_year)

),

compared as (

    select
        township_key,
        unit_name,
        indicator_id,
        report_year,
        value,
        qualifier,
        scope,
        other_totals,
        is_comparable,
        previous_year,
        previous_value,
        case when is_comparable and is_previous_alike then value - previous_value end as change,
        case
            when is_comparable and is_previous_alike and previous_value != 0
                then round(100 * (value / previous_value - 1), 2)
        end as percent_change,
        first_year,
        years_reported::integer as years_reported,
        case when is_comparable then county_rank::integer end as county_rank,
        county_code,
        county_name,
        province_name,
        report_id,
        quantity_id,
        previous_quantity_id
    from with_previous

)

select * from compared
order by township_key, report_year, indicator_id
