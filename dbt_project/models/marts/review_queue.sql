with

findings as (

    select * from {{ ref('int_review_reasons') }}

),

reasons as (

    select * from {{ ref('stg_review_reasons') }}

),

quantities as (

    select * from {{ ref('fct_quantity') }}

),

confirmations as (

    select distinct
        report_id,
        quantity_id
    from {{ ref('stg_corrections') }}
    where field = 'confirmed'

),

-- one row per figure or report, with the most urgent reason and all reasons
picked as (

    select
        findings.report_id,
        findings.quantity_id,
        first(findings.reason_code order by reasons.position) as reason_code,
        first(reasons.reason_zh order by reasons.position) as reason_zh,
        string_agg(reasons.reason_zh, '；' order by reasons.position) as all_reasons_zh,
        min(findings.confidence) as confidence
    from findings
    inner join reasons on findings.reason_code = reasons.reason_code
    group by findings.report_id, findings.quantity_id

),

with_decision as (

    select
        picked.report_id,
        picked.quantity_id,
        picked.reason_code,
        picked.reason_zh,
        picked.all_reasons_zh,
        picked.confidence,
        case
            when quantities.correction_id is not null then 'corrected'
            when confirmations.report_id is not null then 'confirmed'
        end as decision
    from picked
    left join quantities on picked.quantity_id = quantities.quantity_id
    left join confirmations
        on
            picked.report_id = confirmations.report_id
            and picked.quantity_id is not distinct from confirmations.quantity_id

)

select * from with_decision
