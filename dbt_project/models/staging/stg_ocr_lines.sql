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

        -- what it says, and where in the clean text
        text,
        char_start,
        char_end,
        is_exact,

        -- where it stands on the page
        x,
        y,
        width,
        height,
        turned_degrees,

        -- how sure
        confidence,
        character_confidences
    from source

)

select * from renamed
