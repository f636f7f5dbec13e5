with

places as (

    select * from {{ ref('int_indicator_figures') }}
    where is_comparable and county_code is not null

),

county_indicators as (

    select * from {{ ref('county_indicators') }}
    where townships >= {{ var('rank_from_townships') }}

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

-- a rank among two is meaningless
ranked as (

    select
        places.county_code,
        places.county_name,
        places.report_year,
        places.indicator_id,
        indicators.domain_name_zh,
        indicators.name_zh,
        places.county_rank,
        '第' || places.county_rank || '名／' || county_indicators.townships || '个有数（全'
        || case
            when right(places.county_name, 1) in ('县', '区', '市', '旗') then right(places.county_name, 1)
            else '县'
        end
        || county_townships.townships_in_county || '个）' as rank_zh,
        places.township_key,
        places.unit_name,
        places.value,
        indicators.unit,
        places.qualifier,
        places.scope,
        county_indicators.median_value as county_median,
        county_indicators.townships as townships_with_value,
        county_townships.townships_in_county,
        figures.sentence,
        figures.report_id,
        places.quantity_id,
        figures.doubt_zh,
        figures.other_totals
    from places
    inner join county_townships
        on
            places.county_code = county_townships.county_code
            and places.report_year = county_townships.report_year
    inner join county_indicators
        on
            places.county_code = county_indicators.county_code
            and places.report_year = county_indicators.report_year
            and places.indicator_id = county_indicators.indicator_id
    inner join figures on places.quantity_id = figures.quantity_id
    inner join indicators on places.indicator_id = indicators.indicator_id

)

select * from ranked
order by township_key, report_year, indicator_id
