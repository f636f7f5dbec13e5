with

parts as (

    select * from {{ ref('compliance_parts') }}

),

renamed as (

    select
        position,
        section_type,
        name_zh,
        name_en
    from parts

)

select * from renamed
