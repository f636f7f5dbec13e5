with

reports as (

    select * exclude (source_name, source_path, text, original_text)
    from {{ ref('stg_reports') }}

),

-- the same bytes can be at several paths: the loaded path represents the report
report_files as (

    select * from {{ ref('stg_files') }}
    where report_id is not null
    qualify row_number() over (
        partition by report_id
        order by case status when 'loaded' then 0 when 'superseded' then 1 else 2 end, source_path
    ) = 1

),

versions as (

    select
        reports.*,
        report_files.source_name,
        report_files.source_path,
        report_files.status,
        report_files.reason,
        report_files.superseded_by,
        report_files.status = 'loaded' as is_current
    from reports
    inner join report_files on reports.report_id = report_files.report_id

)

select * from versions
