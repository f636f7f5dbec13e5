with

versions as (

    select * from {{ ref('int_report_versions') }}

),

current_reports as (

    select
        report_id,
        source_name,
        source_path,
        content_sha256,
        media_type,
        encoding,
        title,
        admin_level,
        unit_name,
        unit_type,
        township_key,
        county_name,
        county_code,
        city_name,
        province_name,
        resolution,
        report_year,
        published_on,
        document_date,
        index_number,
        document_number,
        issuer,
        char_count,
        loaded_at,
        township_code,
        report_kind,
        resolution_evidence,
        candidates,
        report_year_evidence,
        source_url,
        text_source,
        text_confidence,
        unread_pages,
        correction_ids
    from versions
    where is_current

)

select * from current_reports
