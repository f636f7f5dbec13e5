with

versions as (

    select * from {{ ref('int_report_versions') }}

),

runs as (

    select * from {{ ref('stg_stage_runs') }}

),

input_hashes as (

    select
        versions.report_id,
        md5(
            concat_ws(
                '|',
                segmented.input_hash,
                extracted.input_hash,
                versions.township_key,
                versions.unit_name,
                versions.report_year
            )
        ) as input_hash
    from versions
    left join runs as segmented on versions.report_id = segmented.subject_id and segmented.stage = 'segment'
    left join runs as extracted on versions.report_id = extracted.subject_id and extracted.stage = 'extract'
    where versions.is_current

)

select * from input_hashes
