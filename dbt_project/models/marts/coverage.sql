with

townships as (

    select * from {{ ref('dim_township') }}

),

township_reports as (

    select * from {{ ref('int_township_reports') }}

),

years as (

    select distinct report_year
    from township_reports

),

covered as (

    select
        townships.township_key,
        townships.unit_name,
        townships.unit_type,
        townships.county_code,
        townships.county_name,
        townships.city_name,
        townships.province_name,
        years.report_year,
        township_reports.report_id is not null as is_reported,
        townships.is_in_gazetteer,
        townships.township_code,
        township_reports.report_id
    from townships
    cross join years
    left join township_reports
        on
            townships.township_key = township_reports.township_key
            and years.report_year = township_reports.report_year
            and township_reports.report_kind = '{{ var("main_report_kind") }}'

)

select * from covered
