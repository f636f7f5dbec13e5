with

domains as (

    select * from {{ ref('domains') }}

),

renamed as (

    select
        domain_id,
        position,
        name_zh,
        name_en,
        source_dimension
    from domains

)

select * from renamed
