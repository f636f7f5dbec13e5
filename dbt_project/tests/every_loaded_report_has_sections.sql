{{ config(meta={'dagster': {'ref': {'name': 'fct_section'}}}) }}
-- A row is a current report without an outline, on which segment did not fail: it was read, but no
-- later stage processed it. Reports on which a stage failed are shown by the checks of that stage.
select reports.report_id
from {{ ref('dim_report') }} as reports
left join {{ ref('fct_section') }} as sections on reports.report_id = sections.report_id
left join {{ ref('stg_failures') }} as failures on reports.report_id = failures.report_id
where sections.report_id is null and failures.report_id is null
