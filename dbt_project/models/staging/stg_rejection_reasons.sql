with

rejection_reasons as (

    select * from {{ ref('rejection_reasons') }}

),

renamed as (

    select
        reason_code,
        reason_zh,
        reply_zh
    from rejection_reasons

)

select * from renamed
