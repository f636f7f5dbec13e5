with

quantities as (

    select * from {{ ref('int_current_quantities') }}

),

figures as (

    select
        quantity_id,
        report_id,
        section_id,
        indicator_id,
        value,
        unit,
        qualifier,
        period,
        scope,
        measured,
        surface,
        sentence,
        char_start,
        char_end,
        rule,
        confidence,
        section_type,
        correction_id,
        sentence_start
    from quantities

)

select * from figures
