-- depends_on: {{ ref('int_report_input_hashes') }}, which identifies changed reports
with

terms as (

    select * from {{ ref('stg_section_terms') }}

),

versions as (

    select * from {{ ref('int_report_versions') }}

),

documents as (

    select
        terms.report_id,
        terms.section_type,
        list_sum(terms.occurrences)::integer as words
    from terms
    inner join versions on terms.report_id = versions.report_id and versions.is_current

)

select * from documents
