{%- set domains = marked_columns('reporting_compliance', 'domain_id') -%}
with

township_reports as (

    select * from {{ ref('int_township_reports') }}
    where report_kind = '{{ var("main_report_kind") }}'

),

report_parts as (

    select * from {{ ref('int_report_parts') }}

),

parts as (

    select * from {{ ref('stg_compliance_parts') }}

),

disclosure as (

    select * from {{ ref('domain_disclosure') }}

),

decisions as (

    select * from {{ ref('stg_corrections') }}

),

versions as (

    select * from {{ ref('int_report_versions') }}

),

parts_found as (

    select
        township_reports.report_id,
        bool_or(parts.section_type = 'achievements' and report_parts.report_id is not null) as has_achievements,
        bool_or(parts.section_type = 'leadership' and report_parts.report_id is not null) as has_leadership,
        bool_or(parts.section_type = 'problems' and report_parts.report_id is not null) as has_problems,
        bool_or(parts.section_type = 'plans' and report_parts.report_id is not null) as has_plans,
        count(report_parts.report_id)::integer as parts_present,
        count(*)::integer as parts_required,
        string_agg(
            case when report_parts.report_id is null then parts.name_zh end, '、'
            order by parts.position
        ) as missing_parts,
        string_agg(
            case when not report_parts.has_section then parts.name_zh end, '、'
            order by parts.position
        ) as parts_without_heading
    from township_reports
    cross join parts
    left join report_parts
        on
            township_reports.report_id = report_parts.report_id
            and parts.section_type = report_parts.section_type
    group by township_reports.report_id

),

disclosed as (

    select
        {% for domain in domains %}
            sum(indicators_disclosed) filter (where domain_id = '{{ domain.key }}')::integer as {{ domain.name }},
        {% endfor %}
        report_id,
        sum(indicators_disclosed)::integer as indicators_disclosed
    from disclosure
    group by report_id

),

-- an officer notes when a township's report was received; later versions of the report keep that date
receipts as (

    select
        versions.township_key,
        versions.report_year,
        max(decisions.corrected_value::date) as received_on
    from decisions
    inner join versions on decisions.report_id = versions.report_id
    where
        decisions.field = 'received_on'
        and versions.township_key is not null
        and versions.report_kind = '{{ var("main_report_kind") }}'
    group by versions.township_key, versions.report_year

),

deadlines as (

    select
        township_reports.*,
        receipts.received_on,
        (township_reports.report_year + 1 || '-{{ var("superior_report_due") }}')::date as superior_report_due_on,
        (township_reports.report_year + 1 || '-{{ var("publication_due") }}')::date as publication_due_on
    from township_reports
    left join receipts
        on
            township_reports.township_key = receipts.township_key
            and township_reports.report_year = receipts.report_year

),

compliance as (

    select
        {% for domain in domains %}
            disclosed.{{ domain.name }},
        {% endfor %}
        deadlines.township_key,
        deadlines.township_code,
        deadlines.unit_name,
        deadlines.county_code,
        deadlines.county_name,
        deadlines.province_name,
        deadlines.report_year,
        deadlines.report_id,
        parts_found.has_achievements,
        parts_found.has_leadership,
        parts_found.has_problems,
        parts_found.has_plans,
        parts_found.parts_present,
        parts_found.parts_required,
        parts_found.missing_parts,
        deadlines.document_date,
        deadlines.superior_report_due_on,
        deadlines.document_date <= deadlines.superior_report_due_on as is_dated_in_time,
        deadlines.published_on,
        deadlines.publication_due_on,
        deadlines.published_on <= deadlines.publication_due_on as is_published_in_time,
        case
            when deadlines.published_on > deadlines.publication_due_on
                then (deadlines.published_on - deadlines.publication_due_on)::integer
            when deadlines.published_on is not null then 0
        end as days_late,
        disclosed.indicators_disclosed,
        case
            when deadlines.received_on <= deadlines.superior_report_due_on then '按时'
            when deadlines.received_on is not null
                then '迟报' || (deadlines.received_on - deadlines.superior_report_due_on) || '天'
            when deadlines.published_on is null then '未见日期'
            when deadlines.published_on <= deadlines.publication_due_on then '按时'
            else '迟报' || (deadlines.published_on - deadlines.publication_due_on) || '天'
        end as lateness_zh,
        case
            when deadlines.received_on is not null then '收到日期'
            when deadlines.published_on is not null then '发布日期'
        end as lateness_basis_zh,
        deadlines.received_on,
        parts_found.parts_without_heading
    from deadlines
    left join parts_found on deadlines.report_id = parts_found.report_id
    left join disclosed on deadlines.report_id = disclosed.report_id

)

select * from compliance
