with

endings as (

    select
        *,
        string_split(rtrim(right(text, 400), chr(10) || ' '), chr(10))[-1] as last_line
    from {{ ref('stg_reports') }}

),

reports as (

    select
        * exclude (source_name, source_path, text, original_text, last_line),
        -- a sentence that does not end, or the heading of a part
        coalesce(
            (
                length(last_line) >= 8
                and regexp_matches(last_line, '，.*[\p{Han}0-9，、（“《]$')
                and not regexp_matches(last_line, '附件|电话|联系|抄送')
            )
            or regexp_matches(last_line, '^[一二三四五六七八九十]{1,3}、[^。，；：]{2,30}$'),
            false
        ) as breaks_off
    from endings

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
