with

terms as (

    select * from {{ ref('stg_section_terms') }}

),

versions as (

    select * from {{ ref('int_report_versions') }}

),

township_reports as (

    select * from {{ ref('int_township_reports') }}

),

current_reports as (

    select
        versions.report_id,
        township_reports.report_year as township_year
    from versions
    left join township_reports on versions.report_id = township_reports.report_id
    where versions.is_current

),

counted as (

    select
        terms.section_type,
        terms.tagged_term,
        current_reports.township_year,
        count(*)::integer as documents,
        sum(terms.occurrences)::integer as occurrences
    from terms
    inner join current_reports on terms.report_id = current_reports.report_id
    group by terms.section_type, terms.tagged_term, current_reports.township_year

),

split as (

    select
        section_type,
        tagged_term,
        split_part(tagged_term, '/', 1) as term,
        split_part(tagged_term, '/', 2) as part_of_speech,
        township_year,
        documents,
        occurrences
    from counted

)

select * from split
