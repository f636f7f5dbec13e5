-- A row is a figure that its indicator's range does not allow: to be looked at, and corrected in
-- a file of decisions where the report is right or the reading wrong.
{{ config(severity='warn') }}
select * from {{ ref('quantity_findings') }}
where severity = 'error'
