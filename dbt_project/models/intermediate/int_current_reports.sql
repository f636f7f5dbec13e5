with

versions as (

    select * from {{ ref('int_report_versions') }}

),

-- only the columns that views on texts need: when one changes, their published files are rewritten
current_reports as (

    select
        report_id,
        township_key,
        unit_name,
        report_year
    from versions
    where is_current

)

select * from current_reports
