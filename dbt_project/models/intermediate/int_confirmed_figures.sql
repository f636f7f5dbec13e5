-- A table, so that a small refresh recomputes only reports with a new confirmation.
with

corrections as (

    select * from {{ ref('stg_corrections') }}

),

confirmed as (

    select distinct
        report_id,
        quantity_id
    from corrections
    where field = 'confirmed' and quantity_id is not null

)

select * from confirmed
