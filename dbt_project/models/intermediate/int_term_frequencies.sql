with

term_counts as (

    select * from {{ ref('int_term_counts') }}

),

documents as (

    select * from {{ ref('int_term_documents') }}

),

section_types as (

    select
        section_type,
        count(*) as documents
    from documents
    group by section_type

),

summed as (

    select
        section_type,
        term_number,
        term,
        part_of_speech,
        sum(documents)::integer as documents_with_term
    from term_counts
    group by section_type, term_number, term, part_of_speech

),

frequencies as (

    select
        summed.section_type,
        summed.term_number,
        summed.term,
        summed.part_of_speech,
        summed.documents_with_term,
        ln(section_types.documents / summed.documents_with_term) as idf
    from summed
    inner join section_types on summed.section_type = section_types.section_type

)

select * from frequencies
