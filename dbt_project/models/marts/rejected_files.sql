with

files as (

    select
        *,
        split_part(reason, ':', 1) as reason_code
    from {{ ref('stg_files') }}
    where status = 'rejected' and is_present

),

reasons as (

    select * from {{ ref('stg_rejection_reasons') }}

),

described as (

    select
        files.source_path,
        files.source_name,
        coalesce(reasons.reason_zh, '没有收录，原因见 reason 列') as reason_zh,
        files.byte_size,
        files.first_seen_at,
        files.last_seen_at,
        trim(substring(files.reason, strpos(files.reason, ':') + 1)) as reason,
        files.reason_code,
        files.file_id,
        '“' || files.source_name || '”' || reasons.reply_zh as reply_zh
    from files
    left join reasons on files.reason_code = reasons.reason_code

)

select * from described
