with

coverage as (

    select * from {{ ref('coverage') }}

),

townships as (

    select * from {{ ref('dim_township') }}

),

-- before the first report of a county, nobody collects its reports here
collected_counties as (

    select
        county_code,
        min(report_year) as first_year
    from coverage
    where is_reported
    group by county_code

),

unreported as (

    select
        coverage.township_key,
        coverage.unit_name,
        coverage.unit_type,
        coverage.county_code,
        coverage.county_name,
        coverage.city_name,
        coverage.province_name,
        coverage.report_year,
        (coverage.report_year + 1 || '-{{ var("publication_due") }}')::date as publication_due_on,
        coverage.is_in_gazetteer,
        townships.years_reported,
        townships.last_year
    from coverage
    inner join collected_counties on coverage.county_code = collected_counties.county_code
    inner join townships on coverage.township_key = townships.township_key
    where not coverage.is_reported and coverage.report_year >= collected_counties.first_year

)

select * from unreported
