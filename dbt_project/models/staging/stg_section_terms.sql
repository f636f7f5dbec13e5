with

source as (

    select * from {{ source('raw', 'section_terms') }}

),

unnested as (

    select
        report_id,
        section_type,
        unnest(tagged_terms) as tagged_term,
        unnest(occurrences) as occurrences
    from source

)

select * from unnested
