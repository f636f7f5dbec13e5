with

review_reasons as (

    select * from {{ ref('review_reasons') }}

),

renamed as (

    select
        reason_code,
        position,
        reason_zh,
        description_en
    from review_reasons

)

select * from renamed
