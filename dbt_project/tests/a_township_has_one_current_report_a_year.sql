-- A row is a township, year and kind of report with several current reports: ingest should have marked all but
-- the latest as superseded. The township marts use one of them, so this does not block.
{{ config(severity='warn') }}
select
    township_key,
    report_year,
    report_kind,
    count(*) as reports
from {{ ref('dim_report') }}
where admin_level = 'township' and township_key is not null and report_year is not null
group by township_key, report_year, report_kind
having count(*) > 1
