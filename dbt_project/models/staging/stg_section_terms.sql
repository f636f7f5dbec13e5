with

source as (

    select * from {{ source('raw', 'section_terms') }}

),

renamed as (

    select
        report_id,
        section_type,
        term_numbers,
        occurrences
    from source

)

select * from renamed
