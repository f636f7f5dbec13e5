with

source as (

    select * from {{ source('raw', 'sections') }}

),

renamed as (

    select
        section_id,
        report_id,
        parent_section_id,
        position,
        level,
        ordinal,
        heading,
        section_type,
        char_start,
        char_end,
        text
    from source

)

select * from renamed
