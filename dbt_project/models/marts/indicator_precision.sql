with

decisions as (

    select * from {{ ref('decisions') }}
    where quantity_id is not null

),

quantities as (

    select * from {{ ref('stg_quantities') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

reviewed as (

    select
        decisions.quantity_id,
        case
            when quantities.correction_id is null then quantities.indicator_id
            else quantities.extracted_indicator_id
        end as indicator_id,
        bool_or(decisions.field in ('value', 'unit', 'indicator_id', 'not_a_figure')) as is_wrong,
        bool_or(decisions.field = 'confirmed') as is_confirmed
    from decisions
    inner join quantities on decisions.quantity_id = quantities.quantity_id
    group by all

),

counted as (

    select
        indicator_id,
        count(*)::integer as reviewed,
        count(*) filter (where is_confirmed and not is_wrong)::integer as confirmed,
        count(*) filter (where is_wrong)::integer as corrected
    from reviewed
    where is_confirmed or is_wrong
    group by indicator_id

),

measured as (

    select
        indicators.indicator_id,
        indicators.name_zh,
        counted.reviewed,
        counted.confirmed,
        counted.corrected,
        counted.confirmed / counted.reviewed as precision
    from counted
    inner join indicators on counted.indicator_id = indicators.indicator_id

)

select * from measured
