with

source as (

    select * from {{ source('raw', 'correction_findings') }}

),

renamed as (

    select
        file,
        sheet,
        row_number,
        problem_code,
        problem_zh,
        problem,
        nearest_match,
        report_id,
        quantity_id,
        field,
        corrected_value
    from source

)

select * from renamed
