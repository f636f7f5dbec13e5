with

theme_reports as (

    select * from {{ ref('int_theme_reports') }}

),

township_reports as (

    select * from {{ ref('int_township_reports') }}

),

sections as (

    select * from {{ ref('stg_sections') }}

),

themes as (

    select * from {{ ref('stg_themes') }}

),

plans as (

    select * from theme_reports
    where section_type = 'plans'

),

deliveries as (

    select
        report_id,
        theme_id,
        sum(mentions)::integer as mentions,
        arg_min(first_section_position, section_type) as first_section_position,
        arg_min(first_sentence_start, section_type) as first_sentence_start,
        arg_min(first_sentence_end, section_type) as first_sentence_end
    from theme_reports
    where section_type in ('achievements', 'leadership')
    group by report_id, theme_id

),

problems as (

    select * from theme_reports
    where section_type = 'problems'

),

compared as (

    select
        plans.township_key,
        township_reports.unit_name,
        township_reports.county_name,
        township_reports.province_name,
        plans.theme_id,
        themes.name_zh,
        themes.name_en,
        plans.report_year,
        plans.report_year + 1 as delivery_year,
        plans.mentions as planned_mentions,
        {{ cut_first_sentence('plan_sections', 'plans') }} as plan_sentence,
        coalesce(deliveries.mentions, 0) as delivered_mentions,
        {{ cut_first_sentence('delivery_sections', 'deliveries') }} as delivery_sentence,
        case
            when next_reports.report_id is null then 'no_next_report'
            when deliveries.report_id is not null then 'reported'
            else 'not_reported'
        end as outcome,
        case
            when next_reports.report_id is not null then problems.report_id is not null
        end as is_still_a_problem,
        plans.report_id,
        next_reports.report_id as next_report_id
    from plans
    inner join township_reports on plans.report_id = township_reports.report_id
    left join themes on plans.theme_id = themes.theme_id
    left join sections as plan_sections
        on
            plans.report_id = plan_sections.report_id
            and plans.first_section_position = plan_sections.position
    left join township_reports as next_reports
        on
            plans.township_key = next_reports.township_key
            and plans.report_year + 1 = next_reports.report_year
    left join deliveries
        on
            next_reports.report_id = deliveries.report_id
            and plans.theme_id = deliveries.theme_id
    left join sections as delivery_sections
        on
            deliveries.report_id = delivery_sections.report_id
            and deliveries.first_section_position = delivery_sections.position
    left join problems
        on
            next_reports.report_id = problems.report_id
            and plans.theme_id = problems.theme_id

)

select * from compared
