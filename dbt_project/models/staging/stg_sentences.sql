with

sentences as (

    select * from {{ source('raw', 'sentences') }}

),

sections as (

    select * from {{ ref('stg_sections') }}

),

-- cut from the section, not from the report: finding a character in a short text is cheap
joined as (

    select
        sentences.sentence_id,
        sentences.report_id,
        sentences.section_id,
        sentences.position,
        sentences.char_start,
        sentences.char_end,
        substring(
            sections.text,
            sentences.char_start - sections.char_start + 1,
            sentences.char_end - sentences.char_start
        ) as text
    from sentences
    inner join sections on sentences.section_id = sections.section_id

)

select * from joined
