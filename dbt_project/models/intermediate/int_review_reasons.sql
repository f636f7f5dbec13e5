with

quantities as (

    select * from {{ ref('int_current_quantities') }}

),

-- the words around it fit its indicator only loosely
low_confidence as (

    select
        report_id,
        quantity_id,
        'low_confidence' as reason_code,
        confidence
    from quantities
    where indicator_id is not null and confidence < {{ var('review_confidence') }}

),

reasons as (

    select * from low_confidence

)

select * from reasons
