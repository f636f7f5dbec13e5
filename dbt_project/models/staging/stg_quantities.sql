with

source as (

    select * from {{ source('raw', 'quantities') }}

),

renamed as (

    select
        -- keys
        quantity_id,
        report_id,
        section_id,
        indicator_id,
        correction_id,

        -- the figure
        value,
        unit,
        qualifier,
        period,
        scope,
        measured,

        -- the words that prove it, and their position
        section_type,
        surface,
        sentence,
        sentence_start,
        char_start,
        char_end,

        -- why it has its indicator
        rule,
        confidence,
        ocr_confidence,
        extracted_indicator_id
    from source

)

select * from renamed
