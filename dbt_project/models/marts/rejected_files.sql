with

files as (

    select * from {{ ref('stg_files') }}
    where status = 'rejected' and is_present

),

described as (

    select
        source_path,
        source_name,
        {{ rejection_zh("split_part(reason, ':', 1)") }} as reason_zh,
        byte_size,
        first_seen_at,
        last_seen_at,
        trim(substring(reason, strpos(reason, ':') + 1)) as reason,
        split_part(reason, ':', 1) as reason_code,
        file_id,
        {{ reply_zh("split_part(reason, ':', 1)", "source_name") }} as reply_zh
    from files

)

select * from described
