{{ config(meta={'dagster': {'ref': {'name': 'fct_section'}}}) }}
-- A row is a current report without an outline: it was read, but no later stage saw it.
select reports.report_id
from {{ ref('dim_report') }} as reports
left join {{ ref('fct_section') }} as sections on reports.report_id = sections.report_id
where sections.report_id is null
