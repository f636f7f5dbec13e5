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

-- joined before the lists are unnested: documents are few, words many
unnested as (

    select
        terms.report_id,
        terms.section_type,
        documents.words,
        unnest(terms.term_numbers) as term_number,
        unnest(terms.occurrences) as occurrences
    from terms
    inner join documents
        on
            terms.report_id = documents.report_id
            and terms.section_type = documents.section_type

),

weighted as (

    select
        unnested.report_id,
        unnested.section_type,
        frequencies.term,
        frequencies.part_of_speech,
        unnested.occurrences,
        unnested.occurrences / unnested.words * frequencies.idf as tf_idf
    from unnested
    inner join frequencies
        on
            unnested.section_type = frequencies.section_type
            and unnested.term_number = frequencies.term_number

)

select * from weighted
