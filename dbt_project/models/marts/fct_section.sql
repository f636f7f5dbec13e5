with

sections as (

    select * from {{ ref('stg_sections') }}

),

reports as (

    select * from {{ ref('int_current_reports') }}

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
    inner join reports on sections.report_id = reports.report_id

)

select * from current_sections
