with

mentions as (

    select * from {{ ref('stg_theme_mentions') }}

),

versions as (

    select * from {{ ref('int_report_versions') }}

),

reports as (

    {{ reports_to_build() }}

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
        mentions.matched,
        substring(
            sections.text,
            mentions.sentence_start - sections.char_start + 1,
            mentions.sentence_end - mentions.sentence_start
        ) as sentence,
        versions.township_key,
        versions.unit_name,
        versions.report_year,
        mentions.section_id,
        mentions.sentence_id,
        mentions.char_start,
        mentions.char_end,
        reports.made_with
    from mentions
    inner join reports on mentions.report_id = reports.report_id
    inner join versions on mentions.report_id = versions.report_id
    left join sections on mentions.section_id = sections.section_id
    left join themes on mentions.theme_id = themes.theme_id

)

select * from named
