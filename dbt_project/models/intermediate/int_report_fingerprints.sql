with

versions as (

    select * from {{ ref('int_report_versions') }}

),

runs as (

    select * from {{ ref('stg_stage_runs') }}

),

fingerprints as (

    select
        versions.report_id,
        md5(
            concat_ws(
                '|',
                segmented.fingerprint,
                extracted.fingerprint,
                versions.township_key,
                versions.unit_name,
                versions.report_year
            )
        ) as made_with
    from versions
    left join runs as segmented on versions.report_id = segmented.subject_id and segmented.stage = 'segment'
    left join runs as extracted on versions.report_id = extracted.subject_id and extracted.stage = 'extract'
    where versions.is_current

)

select * from fingerprints
