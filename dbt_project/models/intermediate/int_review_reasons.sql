with

quantities as (

    select * from {{ ref('int_current_quantities') }}

),

versions as (

    select * from {{ ref('int_report_versions') }}

),

-- low OCR confidence of its characters or its line
ocr_figure as (

    select
        report_id,
        quantity_id,
        'ocr_figure' as reason_code,
        ocr_confidence as confidence
    from quantities
    where ocr_confidence < {{ var('review_ocr_confidence') }} and correction_id is null

),

-- low OCR confidence of the whole report
ocr_report as (

    select
        report_id,
        null::varchar as quantity_id,
        'ocr_report' as reason_code,
        text_confidence as confidence
    from versions
    where is_current and text_confidence < {{ var('review_ocr_report_confidence') }}

),

-- page pictures next to a text that is a report by itself
pages_not_read as (

    select
        report_id,
        null::varchar as quantity_id,
        'pages_not_read' as reason_code,
        null::double as confidence
    from versions
    where is_current and unread_pages > 0

),

-- a file that was cut off, or a page that shows the beginning only
text_breaks_off as (

    select
        report_id,
        null::varchar as quantity_id,
        'text_breaks_off' as reason_code,
        null::double as confidence
    from versions
    where is_current and breaks_off

),

-- text is preferred to a scan of the same year, even if the scan may be a later correction
scan_left_aside as (

    select distinct
        scans.superseded_by as report_id,
        null::varchar as quantity_id,
        'scan_left_aside' as reason_code,
        null::double as confidence
    from versions as scans
    inner join versions as texts on scans.superseded_by = texts.report_id
    where
        texts.is_current and texts.text_source = 'text' and scans.text_source = 'ocr'
        and coalesce(scans.published_on, scans.document_date, scans.loaded_at::date)
        > coalesce(texts.published_on, texts.document_date, texts.loaded_at::date)

),

-- the words around the figure match its indicator only loosely
low_confidence as (

    select
        report_id,
        quantity_id,
        'low_confidence' as reason_code,
        confidence
    from quantities
    where indicator_id is not null and confidence < {{ var('review_confidence') }}

),

reasons as (

    select * from low_confidence
    union all
    select * from ocr_figure
    union all
    select * from ocr_report
    union all
    select * from pages_not_read
    union all
    select * from text_breaks_off
    union all
    select * from scan_left_aside

)

select * from reasons
