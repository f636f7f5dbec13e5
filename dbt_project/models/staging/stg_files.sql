with

source as (

    select * from {{ source('raw', 'files') }}

),

renamed as (

    select
        -- keys
        file_id,
        content_sha256,
        report_id,

        -- the file
        source_path,
        source_name,
        byte_size,
        modified_ns,
        media_type,
        encoding,
        reader,

        -- result
        status,
        reason,
        superseded_by,
        is_present,
        first_seen_at,
        last_seen_at
    from source

)

select * from renamed
