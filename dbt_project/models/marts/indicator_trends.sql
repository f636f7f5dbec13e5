with

figures as (

    select * from {{ ref('int_indicator_figures') }}

),

county_indicators as (

    select * from {{ ref('county_indicators') }}

),

-- ranks of values instead of figures: many townships state the same value
province_places as (

    select
        province_name,
        report_year,
        indicator_id,
        value,
        1 + coalesce(sum(count(*)) over larger, 0) as province_rank
    from figures
    where is_comparable
    group by province_name, report_year, indicator_id, value
    window larger as (
        partition by province_name, report_year, indicator_id
        order by value desc
        rows between unbounded preceding and 1 preceding
    )

),

national_places as (

    select
        report_year,
        indicator_id,
        value,
        1 + coalesce(sum(count(*)) over larger, 0) as national_rank
    from figures
    where is_comparable
    group by report_year, indicator_id, value
    window larger as (
        partition by report_year, indicator_id
        order by value desc
        rows between unbounded preceding and 1 preceding
    )

),

province_figures as (

    select
        province_name,
        report_year,
        indicator_id,
        median(value) as province_median,
        count(*) as province_townships
    from figures
    where is_comparable
    group by province_name, report_year, indicator_id

),

national_figures as (

    select
        report_year,
        indicator_id,
        median(value) as national_median,
        count(*) as national_townships
    from figures
    where is_comparable
    group by report_year, indicator_id

),

trends as (

    select
        figures.township_key,
        figures.unit_name,
        figures.indicator_id,
        figures.report_year,
        figures.value,
        figures.previous_year,
        figures.previous_value,
        figures.change,
        figures.percent_change,
        figures.first_year,
        figures.years_reported,
        county_indicators.median_value as county_median,
        figures.county_rank,
        figures.qualifier,
        figures.scope,
        figures.is_comparable,
        figures.report_year - figures.previous_year as years_since_previous,
        figures.county_code,
        figures.county_name,
        figures.province_name,
        county_indicators.townships as county_townships,
        province_figures.province_median,
        case when figures.is_comparable then province_places.province_rank::integer end as province_rank,
        province_figures.province_townships::integer as province_townships,
        national_figures.national_median,
        case when figures.is_comparable then national_places.national_rank::integer end as national_rank,
        national_figures.national_townships::integer as national_townships,
        figures.quantity_id,
        figures.other_totals
    from figures
    left join county_indicators
        on
            figures.county_code = county_indicators.county_code
            and figures.report_year = county_indicators.report_year
            and figures.indicator_id = county_indicators.indicator_id
    left join province_figures
        on
            figures.province_name = province_figures.province_name
            and figures.report_year = province_figures.report_year
            and figures.indicator_id = province_figures.indicator_id
    left join province_places
        on
            figures.province_name = province_places.province_name
            and figures.report_year = province_places.report_year
            and figures.indicator_id = province_places.indicator_id
            and figures.value = province_places.value
    left join national_figures
        on
            figures.report_year = national_figures.report_year
            and figures.indicator_id = national_figures.indicator_id
    left join national_places
        on
            figures.report_year = national_places.report_year
            and figures.indicator_id = national_places.indicator_id
            and figures.value = national_places.value

)

select * from trends
