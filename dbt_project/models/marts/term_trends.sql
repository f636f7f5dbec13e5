with

term_counts as (

    select * from {{ ref('int_term_counts') }}
    where township_year is not null

),

section_years as (

    select * from {{ ref('int_section_years') }}

),

uses as (

    select
        term,
        part_of_speech,
        section_type,
        township_year as report_year,
        documents as reports,
        occurrences
    from term_counts

),

-- a term that is no longer used has one row with 0 reports, in the first year without it
term_years as (

    select
        term,
        part_of_speech,
        section_type,
        report_year
    from uses
    union
    select
        uses.term,
        uses.part_of_speech,
        uses.section_type,
        section_years.report_year
    from uses
    inner join section_years
        on
            uses.section_type = section_years.section_type
            and uses.report_year + 1 = section_years.report_year

),

counted as (

    select
        term_years.term,
        term_years.part_of_speech,
        term_years.report_year,
        term_years.section_type,
        coalesce(uses.reports, 0)::integer as reports,
        section_years.reports_with_section,
        coalesce(uses.occurrences, 0)::integer as occurrences,
        coalesce(uses.reports, 0) / section_years.reports_with_section as share,
        case
            when previous_section_years.reports_with_section is not null
                then coalesce(previous_uses.reports, 0) / previous_section_years.reports_with_section
        end as previous_share
    from term_years
    inner join section_years
        on
            term_years.section_type = section_years.section_type
            and term_years.report_year = section_years.report_year
    left join uses
        on
            term_years.term = uses.term
            and term_years.part_of_speech = uses.part_of_speech
            and term_years.section_type = uses.section_type
            and term_years.report_year = uses.report_year
    left join section_years as previous_section_years
        on
            term_years.section_type = previous_section_years.section_type
            and term_years.report_year - 1 = previous_section_years.report_year
    left join uses as previous_uses
        on
            term_years.term = previous_uses.term
            and term_years.part_of_speech = previous_uses.part_of_speech
            and term_years.section_type = previous_uses.section_type
            and term_years.report_year - 1 = previous_uses.report_year

),

trends as (

    select
        term,
        part_of_speech,
        report_year,
        section_type,
        reports,
        reports_with_section,
        occurrences,
        share,
        previous_share,
        share - previous_share as share_change
    from counted

)

select * from trends
