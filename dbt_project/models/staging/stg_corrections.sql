with

source as (

    select * from {{ source('raw', 'corrections') }}

),

renamed as (

    select
        correction_id,
        report_id,
        quantity_id,
        field,
        corrected_value,
        decided_by,
        decided_at,
        note,
        file,
        sheet,
        row_number
    from source

)

select * from renamed
