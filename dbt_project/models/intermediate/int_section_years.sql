with

sections as (

    select * from {{ ref('fct_section') }}

),

township_reports as (

    select * from {{ ref('int_township_reports') }}

),

section_years as (

    select
        sections.section_type,
        township_reports.report_year,
        count(distinct sections.report_id)::integer as reports_with_section
    from sections
    inner join township_reports on sections.report_id = township_reports.report_id
    group by sections.section_type, township_reports.report_year

)

select * from section_years
