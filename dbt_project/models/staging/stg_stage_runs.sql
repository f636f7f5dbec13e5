with

source as (

    select * from {{ source('raw', 'stage_runs') }}

),

renamed as (

    select
        stage,
        subject_id,
        fingerprint as input_hash
    from source

)

select * from renamed
