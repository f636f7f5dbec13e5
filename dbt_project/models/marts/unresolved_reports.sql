with

files as (

    select * from {{ ref('stg_files') }}

),

-- people take a file that is not a report out of the folder: then nobody needs to claim it
removed as (

    select report_id from files
    where status = 'loaded' and not is_present and report_id is not null

),

reports as (

    select dim_report.* from {{ ref('dim_report') }} as dim_report
    where
        dim_report.admin_level in ('township', 'unknown')
        and (dim_report.township_key is null or dim_report.report_year is null)
        and dim_report.report_id not in (select removed.report_id from removed)

),

counties as (

    select * from {{ ref('dim_county') }}

),

candidates as (

    select
        report_id,
        unnest(from_json(candidates, '["VARCHAR"]')) as township_key
    from reports
    where candidates is not null

),

-- by the county of its key: a candidate with a former name is not in dim_township
places as (

    select
        candidates.report_id,
        candidates.township_key,
        counties.province_name,
        counties.city_name,
        counties.county_name,
        split_part(candidates.township_key, '-', 2) as unit_name
    from candidates
    inner join counties on split_part(candidates.township_key, '-', 1) = counties.county_code

),

named as (

    select
        places.report_id,
        string_agg({{ full_place_name('places') }}, '、' order by places.township_key) as candidates_zh,
        string_agg(places.township_key, ',' order by places.township_key) as candidate_keys
    from places
    group by places.report_id

),

unresolved as (

    select
        reports.report_id,
        reports.title,
        reports.source_name,
        reports.source_path,
        reports.unit_name,
        reports.county_code,
        reports.county_name,
        reports.report_year,
        reports.resolution,
        case
            when reports.township_key is null and reports.resolution = 'ambiguous' then '同名乡镇不止一个，请选择'
            when reports.township_key is null and reports.admin_level = 'unknown' then '看不出是谁的报告'
            when reports.township_key is null then '没有找到是哪个乡镇街道'
            else '没有找到报告年度'
        end as problem_zh,
        named.candidates_zh,
        named.candidate_keys
    from reports
    left join named on reports.report_id = named.report_id

)

select * from unresolved
