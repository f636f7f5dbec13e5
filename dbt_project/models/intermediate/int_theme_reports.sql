-- depends_on: {{ ref('int_report_input_hashes') }}, which identifies changed reports
with

theme_mentions as (

    select * from {{ ref('stg_theme_mentions') }}

),

township_reports as (

    select * from {{ ref('int_township_reports') }}

),

per_report as (

    select
        township_reports.township_key,
        township_reports.report_year,
        theme_mentions.report_id,
        theme_mentions.section_type,
        theme_mentions.theme_id,
        count(*)::integer as mentions,
        -- sentences are in order, so the first one has the smallest start, end and position
        min(theme_mentions.section_position) as first_section_position,
        min(theme_mentions.sentence_start) as first_sentence_start,
        min(theme_mentions.sentence_end) as first_sentence_end
    from theme_mentions
    inner join township_reports on theme_mentions.report_id = township_reports.report_id
    group by
        township_reports.township_key,
        township_reports.report_year,
        theme_mentions.report_id,
        theme_mentions.section_type,
        theme_mentions.theme_id

)

select * from per_report
