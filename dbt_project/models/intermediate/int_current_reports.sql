with

versions as (

    select * from {{ ref('int_report_versions') }}

),

-- few columns: when one changes, the published files of views on texts are rewritten
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
