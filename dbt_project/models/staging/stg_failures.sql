with

source as (

    select * from {{ source('raw', 'failures') }}

),

renamed as (

    select
        -- keys
        stage,
        report_id,

        -- what happened
        error,
        failed_at
    from source

)

select * from renamed
