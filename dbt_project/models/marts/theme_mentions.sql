with

mentions as (

    select * from {{ ref('stg_theme_mentions') }}

),

reports as (

    select * from {{ ref('int_current_reports') }}

),

sections as (

    select * from {{ ref('stg_sections') }}

),

themes as (

    select * from {{ ref('stg_themes') }}

),

named as (

    select
        mentions.report_id,
        mentions.section_type,
        mentions.theme_id,
        themes.name_zh,
        themes.name_en,
        substring(
            sections.text,
            mentions.char_start - sections.char_start + 1,
            mentions.char_end - mentions.char_start
        ) as matched,
        substring(
            sections.text,
            mentions.sentence_start - sections.char_start + 1,
            mentions.sentence_end - mentions.sentence_start
        ) as sentence,
        reports.township_key,
        reports.unit_name,
        reports.report_year,
        sections.section_id,
        {{ sentence_id('mentions.report_id', 'mentions.sentence_position') }} as sentence_id,
        mentions.char_start,
        mentions.char_end
    from mentions
    inner join reports on mentions.report_id = reports.report_id
    inner join sections
        on
            mentions.report_id = sections.report_id
            and mentions.section_position = sections.position
    left join themes on mentions.theme_id = themes.theme_id

)

select * from named
