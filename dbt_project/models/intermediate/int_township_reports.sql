with

versions as (

    select * from {{ ref('int_report_versions') }}

),

-- Ingest leaves one current report per township, year and kind. The report on the rule of law is preferred
-- to those on enforcement and others, and a later report to an earlier one, so that nothing
-- downstream counts a township twice.
latest as (

    select
        township_key,
        township_code,
        report_year,
        report_id,
        report_kind,
        unit_name,
        unit_type,
        county_code,
        county_name,
        city_name,
        province_name,
        published_on,
        document_date
    from versions
    where
        is_current
        and admin_level = 'township'
        and township_key is not null
        and report_year is not null
    qualify row_number() over (
        partition by township_key, report_year
        order by
            report_kind = '{{ var("main_report_kind") }}' desc,
            published_on desc nulls last,
            document_date desc nulls last,
            loaded_at desc,
            report_id asc
    ) = 1

)

select * from latest
