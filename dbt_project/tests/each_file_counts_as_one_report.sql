{{ config(meta={'dagster': {'ref': {'name': 'dim_report'}}}) }}
-- A row is a loaded file without its current report, or a current report without a loaded file.
select
    files.report_id as report_of_file,
    reports.report_id as report_of_mart
from {{ ref('stg_files') }} as files
full outer join {{ ref('dim_report') }} as reports on files.report_id = reports.report_id
where coalesce(files.status = 'loaded', true) and (files.report_id is null or reports.report_id is null)
