with

terms as (

    select * from {{ ref('stg_section_terms') }}

),

vocabulary as (

    select * from {{ ref('stg_terms') }}

),

current_reports as (

    select * from {{ ref('int_current_reports') }}

),

township_reports as (

    select * from {{ ref('int_township_reports') }}

),

placed as (

    select
        current_reports.report_id,
        township_reports.report_year as township_year
    from current_reports
    left join township_reports on current_reports.report_id = township_reports.report_id

),

-- joined before the lists are unnested: reports are few, words many
unnested as (

    select
        terms.section_type,
        placed.township_year,
        unnest(terms.term_numbers) as term_number,
        unnest(terms.occurrences) as occurrences
    from terms
    inner join placed on terms.report_id = placed.report_id

),

counted as (

    select
        section_type,
        term_number,
        township_year,
        count(*)::integer as documents,
        sum(occurrences)::integer as occurrences
    from unnested
    group by section_type, term_number, township_year

),

named as (

    select
        counted.section_type,
        counted.term_number,
        vocabulary.term,
        vocabulary.part_of_speech,
        counted.township_year,
        counted.documents,
        counted.occurrences
    from counted
    inner join vocabulary on counted.term_number = vocabulary.term_number

)

select * from named
