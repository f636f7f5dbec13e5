-- depends_on: {{ ref('int_report_input_hashes') }}, which identifies changed reports
with

sections as (

    select * from {{ ref('stg_sections') }}

),

-- duties of the leaders described within another part: 镇长履行法治建设第一责任人职责; not those for work safety
told as (

    select
        report_id,
        'leadership' as section_type
    from sections
    where
        section_type != 'leadership'
        and contains(text, '第一责任人')
        and regexp_matches(
            regexp_replace(text, '{{ var("responsible_for_others") }}', '', 'g'),
            '{{ var("leadership_told_by") }}'
        )

),

all_parts as (

    select
        report_id,
        section_type,
        true as is_headed
    from sections
    union all
    select
        report_id,
        section_type,
        false as is_headed
    from told

),

parts as (

    select
        report_id,
        section_type,
        bool_or(is_headed) as has_section
    from all_parts
    group by report_id, section_type

)

select * from parts
