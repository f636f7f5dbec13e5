with

source as (

    select * from {{ source('raw', 'stage_runs') }}

),

renamed as (

    select
        stage,
        subject_id,
        fingerprint
    from source

)

select * from renamed
