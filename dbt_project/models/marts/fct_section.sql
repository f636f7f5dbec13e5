with

sections as (

    select * from {{ ref('stg_sections') }}

),

versions as (

    select * from {{ ref('int_report_versions') }}

),

current_sections as (

    select
        sections.section_id,
        sections.report_id,
        sections.parent_section_id,
        sections.position,
        sections.level,
        sections.ordinal,
        sections.heading,
        sections.section_type,
        sections.char_start,
        sections.char_end,
        sections.text
    from sections
    inner join versions on sections.report_id = versions.report_id and versions.is_current

)

select * from current_sections
