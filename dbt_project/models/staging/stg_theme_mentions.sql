with

source as (

    select * from {{ source('raw', 'theme_mentions') }}

),

unnested as (

    select
        report_id,
        section_type,
        unnest(theme_ids) as theme_id,
        unnest(section_positions) as section_position,
        unnest(sentence_positions) as sentence_position,
        unnest(sentence_starts) as sentence_start,
        unnest(sentence_ends) as sentence_end,
        unnest(char_starts) as char_start,
        unnest(char_ends) as char_end
    from source

)

select * from unnested
