with

source as (

    select * from {{ source('raw', 'sentences') }}

),

sections as (

    select * from {{ ref('stg_sections') }}

),

unnested as (

    select
        report_id,
        unnest(range(len(char_starts)))::integer as position,
        unnest(section_positions) as section_position,
        unnest(char_starts) as char_start,
        unnest(char_ends) as char_end
    from source

),

-- sliced from the section, not the report: finding a character offset in a short text is cheap
joined as (

    select
        {{ sentence_id('unnested.report_id', 'unnested.position') }} as sentence_id,
        unnested.report_id,
        sections.section_id,
        unnested.position,
        unnested.char_start,
        unnested.char_end,
        substring(
            sections.text,
            unnested.char_start - sections.char_start + 1,
            unnested.char_end - unnested.char_start
        ) as text
    from unnested
    inner join sections
        on
            unnested.report_id = sections.report_id
            and unnested.section_position = sections.position

)

select * from joined
