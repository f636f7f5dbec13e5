with

quantities as (

    select * from {{ ref('int_current_quantities') }}

),

headlines as (

    select * from {{ ref('int_indicator_headlines') }}

),

indicators as (

    select * from {{ ref('stg_indicators') }}

),

versions as (

    select * from {{ ref('int_report_versions') }}

),

reports as (

    select * from {{ ref('stg_reports') }}

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

endings as (

    select
        reports.report_id,
        string_split(rtrim(right(reports.text, 400), chr(10) || ' '), chr(10))[-1] as last_line
    from reports
    inner join versions on reports.report_id = versions.report_id
    where versions.is_current

),

-- cut off, or a page that shows the beginning only: ends in the midst of a sentence, or with the heading of a part
text_breaks_off as (

    select
        report_id,
        null::varchar as quantity_id,
        'text_breaks_off' as reason_code,
        null::double as confidence
    from endings
    where
        (
            length(last_line) >= 8
            and regexp_matches(last_line, '，.*[\p{Han}0-9，、（“《]$')
            and not regexp_matches(last_line, '附件|电话|联系|抄送')
        )
        or regexp_matches(last_line, '^[一二三四五六七八九十]{1,3}、[^。，；：]{2,30}$')

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

-- if it is right, it is the year's total instead of the headline: 服务站调解14件 … 全镇调解46起，化解44起
exceeds_headline as (

    select
        quantities.report_id,
        quantities.quantity_id,
        'exceeds_headline' as reason_code,
        quantities.confidence
    from quantities
    inner join headlines
        on quantities.report_id = headlines.report_id and quantities.indicator_id = headlines.indicator_id
    inner join indicators on quantities.indicator_id = indicators.indicator_id
    where
        quantities.confidence < {{ var('review_confidence') }}
        and headlines.confidence >= {{ var('review_confidence') }}
        and quantities.value > headlines.value
        and indicators.kind != 'rate'
        and quantities.scope = 'total'
        and quantities.period = 'report_year'
        -- people are no cases: 接待178批412人次
        and (quantities.unit not in ('人', '人次', '名') or indicators.unit in ('人', '人次', '名'))

),

reasons as (

    select * from low_confidence
    union all
    select * from exceeds_headline
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
