with

source as (

    select * from {{ source('raw', 'ocr_lines') }}

),

renamed as (

    select
        -- keys
        report_id,
        page_number,
        line_number,

        -- text, and position in the clean text
        text,
        char_start,
        char_end,
        is_exact,

        -- position on the page
        x,
        y,
        width,
        height,
        turned_degrees,

        -- confidence
        confidence,
        character_confidences
    from source

)

select * from renamed
