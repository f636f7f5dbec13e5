-- A finding uses only figures of its own report and, for jumps, of the township's earlier reports.
with

-- with each figure as messages quote it: as printed, or as a person corrected it
quantities as (

    select
        *,
        case
            when correction_id is null then surface
            else {{ plain_number('value') }} || coalesce(unit, '')
        end as quoted
    from {{ ref('fct_quantity') }}

),

figures as (

    select * from {{ ref('int_indicator_figures') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

versions as (

    select * from {{ ref('int_report_versions') }}

),

range_findings as (

    select * from {{ ref('int_range_findings') }}

),

part_findings as (

    select * from {{ ref('int_part_findings') }}

),

breakdown_findings as (

    select * from {{ ref('int_breakdown_findings') }}

),

rate_findings as (

    select * from {{ ref('int_rate_findings') }}

),

jump_findings as (

    select * from {{ ref('int_jump_findings') }}

),

related_quantities as (

    select
        related.report_id,
        related.quantity_id,
        related.quoted,
        indicators.name_zh
    from quantities as related
    left join indicators on related.indicator_id = indicators.indicator_id

),

-- 排查48件，其中化解84件: one misprint is one finding, the more severe, or the one that names both indicators
exceeds_once as (

    select *
    from (
        select * from part_findings
        union all
        select * from breakdown_findings
    ) as found
    qualify rank() over (
        partition by report_id, quantity_id, compared_value, finding_type = 'breakdown_sum_exceeds_total'
        order by severity = 'info', finding_type != 'part_exceeds_whole'
    ) = 1

),

all_findings as (

    select * from range_findings
    union all
    select * from exceeds_once
    union all
    select * from rate_findings
    union all
    select * from jump_findings

),

findings as (

    select
        all_findings.finding_type
        || ':' || all_findings.quantity_id
        || coalesce(':' || all_findings.related_quantity_id, '') as finding_id,
        all_findings.finding_type,
        all_findings.severity,
        all_findings.report_id,
        all_findings.quantity_id,
        all_findings.related_quantity_id,
        versions.township_key,
        versions.unit_name,
        versions.report_year,
        quantities.indicator_id,
        quantities.value,
        all_findings.compared_value,
        all_findings.message,
        quantities.sentence,
        case all_findings.finding_type
            when 'outside_range'
                then
                    quantities.quoted || '超出“' || indicators.name_zh || '”的'
                    || case when quantities.value > all_findings.compared_value then '上限' else '下限' end
                    || {{ plain_number('all_findings.compared_value') }} || '，请核对原文'
            when 'part_exceeds_whole'
                then
                    '“' || indicators.name_zh || '”' || quantities.quoted || '，大于“'
                    || related_quantities.name_zh || '”' || related_quantities.quoted || '，请核对原文'
            when 'rate_truncated'
                then
                    '“' || indicators.name_zh || '”写作' || quantities.quoted || '，按原文数字计算是'
                    || {{ plain_number('all_findings.compared_value') }} || '%，只是没有四舍五入'
            when 'rate_mismatch'
                then
                    '“' || indicators.name_zh || '”写作' || quantities.quoted || '，按原文数字计算却是'
                    || {{ plain_number('all_findings.compared_value') }} || '%，请核对原文'
            when 'breakdown_part_exceeds_total'
                then '“其中”的' || quantities.quoted || '大于总数' || related_quantities.quoted || '，请核对原文'
            when 'breakdown_sum_exceeds_total'
                then
                    '“其中”各项合计' || {{ plain_number('all_findings.compared_value') }} || '，大于总数'
                    || quantities.quoted || '，请核对原文'
            when 'year_jump'
                then
                    '“' || indicators.name_zh || '”' || figures.previous_year || '年是'
                    || {{ plain_number('figures.previous_value') }} || indicators.unit
                    || '，' || figures.report_year || '年是' || quantities.quoted
                    || '，相差超过{{ var("jump_factor") }}倍，请核对原文'
        end as message_zh,
        indicators.name_zh,
        quantities.surface,
        quantities.unit,
        versions.county_code,
        versions.county_name
    from all_findings
    inner join quantities
        on
            all_findings.report_id = quantities.report_id
            and all_findings.quantity_id = quantities.quantity_id
    inner join versions on all_findings.report_id = versions.report_id
    left join indicators
        on coalesce(quantities.indicator_id, replace(quantities.rule, 'out_of_range:', '')) = indicators.indicator_id
    left join related_quantities
        on
            all_findings.report_id = related_quantities.report_id
            and all_findings.related_quantity_id = related_quantities.quantity_id
    left join figures
        on
            all_findings.report_id = figures.report_id
            and all_findings.quantity_id = figures.quantity_id

)

select * from findings
