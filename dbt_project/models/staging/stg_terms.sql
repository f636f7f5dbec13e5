with

source as (

    select * from {{ source('raw', 'terms') }}

),

renamed as (

    select
        term_number,
        term,
        part_of_speech,
        is_current
    from source

)

select * from renamed
