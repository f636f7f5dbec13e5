with

reports as (

    select * from {{ source('raw', 'reports') }}

),

documents as (

    select * from {{ source('raw', 'documents') }}

),

joined as (

    select
        -- keys
        documents.report_id,
        reports.content_sha256,

        -- the file
        reports.source_name,
        reports.source_path,
        reports.media_type,
        reports.encoding,
        reports.reader,
        reports.loaded_at,

        -- reporting unit
        documents.title,
        documents.admin_level,
        documents.unit_name,
        documents.unit_type,
        documents.township_key,
        documents.township_code,
        documents.county_name,
        documents.county_code,
        documents.city_name,
        documents.province_name,
        documents.resolution,
        documents.resolution_evidence,
        documents.candidates,
        documents.report_kind,

        -- when
        documents.report_year,
        documents.report_year_evidence,
        documents.published_on,
        documents.document_date,

        -- head of the document
        documents.index_number,
        documents.document_number,
        documents.issuer,
        documents.source_url,

        -- text
        documents.text,
        documents.original_text,
        documents.text_sha256,
        documents.char_count,
        documents.text_source,
        documents.text_confidence,
        documents.unread_pages,
        documents.correction_ids
    from documents
    inner join reports on documents.report_id = reports.report_id

)

select * from joined
