with

headlines as (

    select * from {{ ref('int_indicator_headlines') }}

),

township_reports as (

    select * from {{ ref('int_township_reports') }}

),

county_indicators as (

    select * from {{ ref('county_indicators') }}

),

figures as (

    select
        headlines.township_key,
        township_reports.unit_name,
        headlines.indicator_id,
        headlines.report_year,
        headlines.value,
        headlines.qualifier,
        township_reports.county_code,
        township_reports.county_name,
        township_reports.province_name,
        headlines.quantity_id
    from headlines
    inner join township_reports on headlines.report_id = township_reports.report_id

),

with_previous as (

    select
        *,
        qualifier in ('exact', 'approx') as is_comparable,
        lag(report_year) over earlier as previous_year,
        lag(value) over earlier as previous_value,
        lag(qualifier) over earlier as previous_qualifier,
        min(report_year) over (partition by township_key, indicator_id) as first_year,
        count(*) over (partition by township_key, indicator_id) as years_reported,
        -- a bound (以上, 不足) has no place among figures: bounds are ranked apart, and not shown
        rank() over (
            partition by qualifier in ('exact', 'approx'), county_code, report_year, indicator_id
            order by value desc
        ) as county_rank,
        rank() over (
            partition by qualifier in ('exact', 'approx'), province_name, report_year, indicator_id
            order by value desc
        ) as province_rank,
        rank() over (
            partition by qualifier in ('exact', 'approx'), report_year, indicator_id
            order by value desc
        ) as national_rank
    from figures
    window earlier as (partition by township_key, indicator_id order by report_year)

),

province_figures as (

    select
        province_name,
        report_year,
        indicator_id,
        median(value) as province_median,
        count(*) as province_townships
    from with_previous
    where is_comparable
    group by province_name, report_year, indicator_id

),

national_figures as (

    select
        report_year,
        indicator_id,
        median(value) as national_median,
        count(*) as national_townships
    from with_previous
    where is_comparable
    group by report_year, indicator_id

),

trends as (

    select
        with_previous.township_key,
        with_previous.unit_name,
        with_previous.indicator_id,
        with_previous.report_year,
        with_previous.value,
        with_previous.previous_year,
        with_previous.previous_value,
        case
            when with_previous.is_comparable and with_previous.previous_qualifier in ('exact', 'approx')
                then with_previous.value - with_previous.previous_value
        end as change,
        case
            when
                with_previous.is_comparable
                and with_previous.previous_qualifier in ('exact', 'approx')
                and with_previous.previous_value != 0
                then round(100 * (with_previous.value / with_previous.previous_value - 1), 2)
        end as percent_change,
        with_previous.first_year,
        with_previous.years_reported::integer as years_reported,
        county_indicators.median_value as county_median,
        case when with_previous.is_comparable then with_previous.county_rank::integer end as county_rank,
        with_previous.qualifier,
        with_previous.is_comparable,
        with_previous.report_year - with_previous.previous_year as years_since_previous,
        with_previous.county_code,
        with_previous.county_name,
        with_previous.province_name,
        county_indicators.townships as county_townships,
        province_figures.province_median,
        case when with_previous.is_comparable then with_previous.province_rank::integer end as province_rank,
        province_figures.province_townships::integer as province_townships,
        national_figures.national_median,
        case when with_previous.is_comparable then with_previous.national_rank::integer end as national_rank,
        national_figures.national_townships::integer as national_townships,
        with_previous.quantity_id
    from with_previous
    left join county_indicators
        on
            with_previous.county_code = county_indicators.county_code
            and with_previous.report_year = county_indicators.report_year
            and with_previous.indicator_id = county_indicators.indicator_id
    left join province_figures
        on
            with_previous.province_name = province_figures.province_name
            and with_previous.report_year = province_figures.report_year
            and with_previous.indicator_id = province_figures.indicator_id
    left join national_figures
        on
            with_previous.report_year = national_figures.report_year
            and with_previous.indicator_id = national_figures.indicator_id

)

select * from trends
