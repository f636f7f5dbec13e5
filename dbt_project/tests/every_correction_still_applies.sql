{{ config(meta={'dagster': {'ref': {'name': 'stg_corrections'}}}) }}
-- A row is a reviewed correction that neither a report nor a figure carries: its file is gone, its
-- surface or sentence has changed, or it was mistyped. A decision must not vanish in silence.
with

applied_to_reports as (

    select unnest(string_split(correction_ids, ',')) as correction_id
    from {{ ref('stg_reports') }}
    where correction_ids is not null

),

applied as (

    select trim(correction_id) as correction_id
    from applied_to_reports
    union
    select correction_id
    from {{ ref('stg_quantities') }}
    where correction_id is not null

)

select corrections.*
from {{ ref('stg_corrections') }} as corrections
left join applied on corrections.correction_id = applied.correction_id
where applied.correction_id is null
