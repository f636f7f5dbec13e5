with

quantities as (

    select * from {{ ref('int_current_quantities') }}

),

reports as (

    {{ reports_to_build() }}

),

figures as (

    select
        quantities.quantity_id,
        quantities.report_id,
        quantities.section_id,
        quantities.indicator_id,
        quantities.value,
        quantities.unit,
        quantities.qualifier,
        quantities.period,
        quantities.scope,
        quantities.measured,
        quantities.surface,
        quantities.sentence,
        quantities.char_start,
        quantities.char_end,
        quantities.rule,
        quantities.confidence,
        quantities.ocr_confidence,
        quantities.section_type,
        quantities.correction_id,
        quantities.sentence_start,
        reports.input_hash
    from quantities
    inner join reports on quantities.report_id = reports.report_id

)

select * from figures
