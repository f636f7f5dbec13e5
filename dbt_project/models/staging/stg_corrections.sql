with

corrections as (

    select * from {{ ref('corrections') }}

),

renamed as (

    select
        correction_id,
        content_sha256,
        target,
        field,
        surface,
        sentence_piece,
        corrected_value,
        decided_by,
        decided_on,
        reason
    from corrections

)

select * from renamed
