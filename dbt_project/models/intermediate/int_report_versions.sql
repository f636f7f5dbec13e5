with

reports as (

    select * exclude (source_name, source_path, text, original_text) from {{ ref('stg_reports') }}

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
        report_files.status = 'loaded' as is_current
    from reports
    inner join report_files on reports.report_id = report_files.report_id

),

current_by_text as (

    select
        text_sha256,
        min(report_id) as report_id
    from versions
    where is_current
    group by text_sha256

),

current_by_township as (

    select
        township_key,
        report_year,
        report_kind,
        min(report_id) as report_id
    from versions
    where is_current
    group by township_key, report_year, report_kind

),

current_by_path as (

    select
        source_path,
        min(report_id) as report_id
    from versions
    where is_current
    group by source_path

),

superseded as (

    select
        versions.*,
        case
            when not versions.is_current
                then coalesce(
                    current_by_text.report_id,
                    current_by_township.report_id,
                    current_by_path.report_id
                )
        end as superseded_by
    from versions
    left join current_by_text on versions.text_sha256 = current_by_text.text_sha256
    left join current_by_township
        on
            versions.township_key = current_by_township.township_key
            and versions.report_year = current_by_township.report_year
            and versions.report_kind is not distinct from current_by_township.report_kind
    left join current_by_path on versions.source_path = current_by_path.source_path

)

select * from superseded
