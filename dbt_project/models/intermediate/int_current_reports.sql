with

versions as (

    select * from {{ ref('int_report_versions') }}

),

-- no more columns than views on texts need: what is published of them is written anew where one changes
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
