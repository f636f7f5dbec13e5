-- depends_on: {{ ref('int_report_input_hashes') }}, which identifies changed reports
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

-- each report with that of the next year, if there is one
followed_reports as (

    select
        township_reports.*,
        next_reports.report_id as next_report_id
    from township_reports
    left join township_reports as next_reports
        on
            township_reports.township_key = next_reports.township_key
            and township_reports.report_year + 1 = next_reports.report_year

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
    where
        section_type in ('achievements', 'leadership')
        and report_id in (select followed_reports.next_report_id from followed_reports)
    group by report_id, theme_id

),

problems as (

    select * from theme_reports
    where section_type = 'problems'

),

first_mentions as (

    select
        'plans' as told_in,
        report_id,
        theme_id,
        first_section_position,
        first_sentence_start,
        first_sentence_end
    from plans
    union all
    select
        'deliveries' as told_in,
        report_id,
        theme_id,
        first_section_position,
        first_sentence_start,
        first_sentence_end
    from deliveries

),

-- one join for both: two joins kept the texts of all sections, as much memory as all reports
first_sentences as (

    select
        first_mentions.told_in,
        first_mentions.report_id,
        first_mentions.theme_id,
        {{ slice_first_sentence('sections', 'first_mentions') }} as sentence
    from first_mentions
    inner join sections
        on
            first_mentions.report_id = sections.report_id
            and first_mentions.first_section_position = sections.position

),

compared as (

    select
        plans.township_key,
        followed_reports.unit_name,
        followed_reports.county_name,
        followed_reports.province_name,
        plans.theme_id,
        themes.name_zh,
        themes.name_en,
        plans.report_year,
        plans.report_year + 1 as delivery_year,
        plans.mentions as planned_mentions,
        plan_sentences.sentence as plan_sentence,
        coalesce(deliveries.mentions, 0) as delivered_mentions,
        delivery_sentences.sentence as delivery_sentence,
        case
            when followed_reports.next_report_id is null then 'no_next_report'
            when deliveries.report_id is not null then 'reported'
            else 'not_reported'
        end as outcome,
        case
            when followed_reports.next_report_id is not null then problems.report_id is not null
        end as is_still_a_problem,
        plans.report_id,
        followed_reports.next_report_id
    from plans
    inner join followed_reports on plans.report_id = followed_reports.report_id
    left join themes on plans.theme_id = themes.theme_id
    left join first_sentences as plan_sentences
        on
            plan_sentences.told_in = 'plans'
            and plans.report_id = plan_sentences.report_id
            and plans.theme_id = plan_sentences.theme_id
    left join deliveries
        on
            followed_reports.next_report_id = deliveries.report_id
            and plans.theme_id = deliveries.theme_id
    left join first_sentences as delivery_sentences
        on
            delivery_sentences.told_in = 'deliveries'
            and deliveries.report_id = delivery_sentences.report_id
            and deliveries.theme_id = delivery_sentences.theme_id
    left join problems
        on
            followed_reports.next_report_id = problems.report_id
            and plans.theme_id = problems.theme_id

)

select * from compared
