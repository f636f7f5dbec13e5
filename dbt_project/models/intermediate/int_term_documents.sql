-- depends_on: {{ ref('int_report_input_hashes') }}, which identifies changed reports
with

terms as (

    select * from {{ ref('stg_section_terms') }}

),

current_reports as (

    select * from {{ ref('int_current_reports') }}

),

documents as (

    select
        terms.report_id,
        terms.section_type,
        list_sum(terms.occurrences)::integer as words
    from terms
    inner join current_reports on terms.report_id = current_reports.report_id

)

select * from documents
