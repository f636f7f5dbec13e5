with

townships as (

    select * from {{ ref('stg_townships') }}

),

reports as (

    select * from {{ ref('int_township_reports') }}

),

reported as (

    select
        township_key,
        arg_max(unit_name, report_year) as unit_name,
        arg_max(unit_type, report_year) as unit_type,
        arg_max(county_code, report_year) as county_code,
        arg_max(county_name, report_year) as county_name,
        arg_max(city_name, report_year) as city_name,
        arg_max(province_name, report_year) as province_name,
        arg_max(township_code, report_year) as township_code,
        count(*)::integer as years_reported,
        min(report_year) as first_year,
        max(report_year) as last_year
    from reports
    group by township_key

),

-- new and renamed townships report before the gazetteer contains them
all_townships as (

    select
        coalesce(townships.township_key, reported.township_key) as township_key,
        coalesce(townships.unit_name, reported.unit_name) as unit_name,
        coalesce(townships.unit_type, reported.unit_type) as unit_type,
        coalesce(townships.county_code, reported.county_code) as county_code,
        coalesce(townships.county_name, reported.county_name) as county_name,
        coalesce(townships.city_name, reported.city_name) as city_name,
        coalesce(townships.province_name, reported.province_name) as province_name,
        coalesce(townships.township_code, reported.township_code) as township_code,
        townships.former_names,
        townships.unit_name is not null as is_in_gazetteer,
        coalesce(reported.years_reported, 0) as years_reported,
        reported.first_year,
        reported.last_year
    from townships
    full outer join reported on townships.township_key = reported.township_key

)

select * from all_townships
