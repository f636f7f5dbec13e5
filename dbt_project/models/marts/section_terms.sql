with

terms as (

    select * from {{ ref('stg_section_terms') }}

),

documents as (

    select * from {{ ref('int_term_documents') }}

),

frequencies as (

    select * from {{ ref('int_term_frequencies') }}

),

weighted as (

    select
        terms.report_id,
        terms.section_type,
        frequencies.term,
        frequencies.part_of_speech,
        terms.occurrences,
        terms.occurrences / documents.words * frequencies.idf as tf_idf
    from terms
    inner join documents
        on
            terms.report_id = documents.report_id
            and terms.section_type = documents.section_type
    inner join frequencies
        on
            terms.section_type = frequencies.section_type
            and terms.tagged_term = frequencies.tagged_term

)

select * from weighted
