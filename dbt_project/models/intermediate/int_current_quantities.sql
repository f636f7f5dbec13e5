with

quantities as (

    select * from {{ ref('stg_quantities') }}

),

versions as (

    select * from {{ ref('int_report_versions') }}

),

sections as (

    select * from {{ ref('stg_sections') }}

),

current_quantities as (

    select
        quantities.*,
        sections.section_type
    from quantities
    inner join versions on quantities.report_id = versions.report_id and versions.is_current
    left join sections on quantities.section_id = sections.section_id

)

select * from current_quantities
