-- A row is a figure outside its indicator's range. Check it, and correct it in a file of decisions
-- if the report is right or the reading wrong.
{{ config(severity='warn') }}
select * from {{ ref('quantity_findings') }}
where severity = 'error'
