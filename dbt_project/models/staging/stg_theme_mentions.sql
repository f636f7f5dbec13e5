with

source as (

    select * from {{ source('raw', 'theme_mentions') }}

),

renamed as (

    select
        report_id,
        section_id,
        sentence_id,
        section_type,
        theme_id,
        sentence_start,
        sentence_end,
        matched,
        char_start,
        char_end
    from source

)

select * from renamed
