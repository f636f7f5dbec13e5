-- A finding uses only figures of its own report and, for jumps, of the township's earlier reports.
with

quantities as (

    select * from {{ ref('fct_quantity') }}

),

-- read separately, so that the sentences of other figures are not searched
partial_quantities as (

    select * from {{ ref('fct_quantity') }}
    where scope = 'partial' and unit != '%'

),

headlines as (

    select * from {{ ref('int_indicator_headlines') }}

),

figures as (

    select * from {{ ref('int_indicator_figures') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

relations as (

    select * from {{ ref('stg_indicator_relations') }}

),

versions as (

    select * from {{ ref('int_report_versions') }}

),

related_quantities as (

    select
        related.report_id,
        related.quantity_id,
        related.surface,
        indicators.name_zh
    from quantities as related
    left join indicators on related.indicator_id = indicators.indicator_id

),

-- value outside the catalogue's range
outside_range as (

    select
        'outside_range' as finding_type,
        'error' as severity,
        quantities.report_id,
        quantities.quantity_id,
        null::varchar as related_quantity_id,
        case
            when quantities.value < indicators.valid_min then indicators.valid_min
            else indicators.valid_max
        end as compared_value,
        'value is outside the range of the catalogue' as message
    from quantities
    -- extraction removes the indicator of such a figure and names it in `rule`; a correction may not
    inner join indicators
        on coalesce(quantities.indicator_id, replace(quantities.rule, 'out_of_range:', '')) = indicators.indicator_id
    -- the range is that of a township: a whole city may have 2,500 officers
    inner join versions on quantities.report_id = versions.report_id
    where
        (quantities.value < indicators.valid_min or quantities.value > indicators.valid_max)
        and (versions.admin_level in ('township', 'unknown') or indicators.kind = 'rate')

),

-- more resolved than found, more closed than received …
exceeding as (

    select
        parts.report_id,
        parts.quantity_id,
        parts.indicator_id,
        wholes.quantity_id as whole_quantity_id,
        wholes.indicator_id as whole_indicator_id,
        wholes.value as whole_value,
        case
            when parts.qualifier = 'exact' and wholes.qualifier = 'exact' then relations.severity
            else 'info'
        end as severity
    from relations
    inner join headlines as parts on relations.part_indicator_id = parts.indicator_id
    inner join headlines as wholes
        on
            relations.whole_indicator_id = wholes.indicator_id
            and parts.report_id = wholes.report_id
    where parts.value > wholes.value and wholes.scope = 'total'

),

-- 排查240件，化解234件；人民调解委员会调解86件: it is a part of what stands before it in its sentence, and fits that
parts_of_others as (

    select distinct
        exceeding.quantity_id,
        exceeding.whole_quantity_id
    from exceeding
    inner join quantities as parts on exceeding.quantity_id = parts.quantity_id
    inner join quantities as wholes on exceeding.whole_quantity_id = wholes.quantity_id
    inner join relations on exceeding.indicator_id = relations.part_indicator_id
    inner join quantities as others
        on
            parts.report_id = others.report_id
            and parts.sentence_start = others.sentence_start
            and relations.whole_indicator_id = others.indicator_id
    where
        others.char_start < parts.char_start
        and others.value >= parts.value
        and (wholes.sentence_start != parts.sentence_start or wholes.char_start > parts.char_start)

),

part_exceeds_whole as (

    select
        'part_exceeds_whole' as finding_type,
        if(parts_of_others.quantity_id is null, exceeding.severity, 'info') as severity,
        exceeding.report_id,
        exceeding.quantity_id,
        exceeding.whole_quantity_id as related_quantity_id,
        exceeding.whole_value as compared_value,
        exceeding.indicator_id || ' is more than ' || exceeding.whole_indicator_id as message
    from exceeding
    left join parts_of_others
        on
            exceeding.quantity_id = parts_of_others.quantity_id
            and exceeding.whole_quantity_id = parts_of_others.whole_quantity_id

),

-- a rate with the two figures that it is computed from: the nearest in its sentence, up to the next semicolon
rate_figures as (

    select
        rates.report_id,
        rates.quantity_id,
        rates.value,
        relations.relation_id,
        relations.severity as relation_severity,
        -- digits after the decimal point: the precision of the rate
        pow(10, -length(regexp_extract(rates.value::varchar, '\.(\d*[1-9])', 1))) as step,
        arg_min(parts.value, abs(parts.char_start - rates.char_start)) as part_value,
        arg_min(wholes.value, abs(wholes.char_start - rates.char_start)) as whole_value,
        arg_min(wholes.quantity_id, abs(wholes.char_start - rates.char_start)) as whole_quantity_id
    from quantities as rates
    inner join relations on rates.indicator_id = relations.rate_indicator_id
    inner join quantities as parts
        on
            rates.report_id = parts.report_id
            and rates.sentence_start = parts.sentence_start
            and relations.part_indicator_id = parts.indicator_id
    inner join quantities as wholes
        on
            rates.report_id = wholes.report_id
            and rates.sentence_start = wholes.sentence_start
            and relations.whole_indicator_id = wholes.indicator_id
    where
        rates.qualifier = 'exact' and parts.qualifier = 'exact' and wholes.qualifier = 'exact'
        -- 另有来信86件，按期办结率100%；县交办的6件已化解5件
        and not regexp_matches(
            substring(
                rates.sentence,
                rates.char_start - rates.sentence_start + 1,
                greatest(parts.char_start - rates.char_start, wholes.char_start - rates.char_start, 0)
            ),
            '[；;]'
        )
    group by rates.report_id, rates.quantity_id, rates.value, relations.relation_id, relations.severity

),

-- a rate can belong to several pairs: it was computed from the one that fits best
rate_pairs as (

    select
        *,
        100 * part_value / whole_value as computed_value
    from rate_figures
    where whole_value > 0 and part_value <= whole_value
    qualify row_number() over (
        partition by report_id, quantity_id
        order by abs(value - 100 * part_value / whole_value), relation_id
    ) = 1

),

-- half a rounding step is not a finding; the margin allows for binary fractions
rate_differs as (

    select
        case
            when abs(value - floor(computed_value / step + 1e-9) * step) < 1e-6 then 'rate_truncated'
            else 'rate_mismatch'
        end as finding_type,
        case
            when abs(value - floor(computed_value / step + 1e-9) * step) < 1e-6 then 'info'
            else relation_severity
        end as severity,
        report_id,
        quantity_id,
        whole_quantity_id as related_quantity_id,
        round(computed_value, 4) as compared_value,
        'rate against its figures, ' || part_value::bigint || ' of ' || whole_value::bigint as message
    from rate_pairs
    where abs(value - computed_value) > step / 2 + 1e-6

),

-- 其中: figures after it, up to the next semicolon, are parts of the last figure before it
breakdowns as (

    select
        *,
        sentence_start + strpos(sentence, '其中') - 1 as breakdown_start,
        sentence_start + strpos(sentence, '其中') - 1
        + length(regexp_extract(substring(sentence, strpos(sentence, '其中')), '^[^；;]*')) as breakdown_end
    from partial_quantities
    where contains(sentence, '其中')

),

breakdown_parts as (

    select
        parts.report_id,
        parts.quantity_id,
        parts.indicator_id,
        parts.value,
        parts.char_start,
        parts.qualifier,
        arg_max(wholes.quantity_id, wholes.char_start) as whole_quantity_id,
        arg_max(wholes.indicator_id, wholes.char_start) as whole_indicator_id,
        arg_max(wholes.value, wholes.char_start) as whole_value,
        arg_max(wholes.qualifier, wholes.char_start) as whole_qualifier,
        list(wholes.value) as earlier_values
    from breakdowns as parts
    inner join quantities as wholes
        on
            parts.report_id = wholes.report_id
            and parts.sentence_start = wholes.sentence_start
            and parts.unit = wholes.unit
    where
        parts.char_start between parts.breakdown_start and parts.breakdown_end
        and wholes.char_start < parts.breakdown_start
    group by parts.report_id, parts.quantity_id, parts.indicator_id, parts.value, parts.char_start, parts.qualifier

),

breakdown_part_exceeds_total as (

    select
        'breakdown_part_exceeds_total' as finding_type,
        case when qualifier = 'exact' and whole_qualifier = 'exact' then 'warn' else 'info' end as severity,
        report_id,
        quantity_id,
        whole_quantity_id as related_quantity_id,
        whole_value as compared_value,
        'a part after 其中 is more than the figure before it' as message
    from breakdown_parts
    where value > whole_value

),

-- 排查48件，其中化解84件: one misprint is one finding, the more severe, or the one that names both indicators
exceeds_once as (

    select *
    from (
        select * from part_exceeds_whole
        union all
        select * from breakdown_part_exceeds_total
    ) as found
    qualify rank() over (
        partition by report_id, quantity_id, compared_value
        order by severity = 'info', finding_type != 'part_exceeds_whole'
    ) = 1

),

-- not kinds of the whole: its outcome, for example 其中信访件20件，办结40件, and repetitions of it
breakdown_kinds as (

    select
        breakdown_parts.*,
        sum(breakdown_parts.value) over (
            partition by breakdown_parts.report_id, breakdown_parts.whole_quantity_id
            order by breakdown_parts.char_start
            rows between unbounded preceding and current row
        ) as value_so_far
    from breakdown_parts
    left join relations
        on
            breakdown_parts.indicator_id = relations.part_indicator_id
            and breakdown_parts.whole_indicator_id = relations.whole_indicator_id
    where coalesce(relations.is_kind, true) and breakdown_parts.value != breakdown_parts.whole_value

),

-- once kinds add up to the whole, or to a figure before it (立案18件，办结16件，其中甲类5件、乙类13件), other figures may follow
breakdown_sum_exceeds_total as (

    select
        'breakdown_sum_exceeds_total' as finding_type,
        'info' as severity,
        report_id,
        whole_quantity_id as quantity_id,
        min(quantity_id) as related_quantity_id,
        sum(value) as compared_value,
        'the parts after 其中 add up to more than the figure before it' as message
    from breakdown_kinds
    group by report_id, whole_quantity_id
    having
        sum(value) > any_value(whole_value)
        and max(value) <= any_value(whole_value)
        and not bool_or(list_contains(earlier_values, value_so_far))

),

year_jump as (

    select
        'year_jump' as finding_type,
        case
            when greatest(figures.value, figures.previous_value) >= {{ var('jump_warn_from') }} then 'warn'
            else 'info'
        end as severity,
        figures.report_id,
        figures.quantity_id,
        figures.previous_quantity_id as related_quantity_id,
        figures.previous_value as compared_value,
        'more than {{ var("jump_factor") }} times, or less than that part of, the figure of '
        || figures.previous_year as message
    from figures
    inner join indicators on figures.indicator_id = indicators.indicator_id
    where
        indicators.kind != 'rate'
        and figures.change is not null
        and least(figures.value, figures.previous_value) > 0
        and greatest(figures.value, figures.previous_value)
        > {{ var('jump_factor') }} * least(figures.value, figures.previous_value)

),

all_findings as (

    select * from outside_range
    union all
    select * from exceeds_once
    union all
    select * from rate_differs
    union all
    select * from breakdown_sum_exceeds_total
    union all
    select * from year_jump

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
                    quantities.surface || '超出“' || indicators.name_zh || '”的'
                    || case when quantities.value > all_findings.compared_value then '上限' else '下限' end
                    || {{ plain_number('all_findings.compared_value') }} || '，请核对原文'
            when 'part_exceeds_whole'
                then
                    '“' || indicators.name_zh || '”' || quantities.surface || '，大于“'
                    || related_quantities.name_zh || '”' || related_quantities.surface || '，请核对原文'
            when 'rate_truncated'
                then
                    '“' || indicators.name_zh || '”写作' || quantities.surface || '，按原文数字计算是'
                    || {{ plain_number('all_findings.compared_value') }} || '%，只是没有四舍五入'
            when 'rate_mismatch'
                then
                    '“' || indicators.name_zh || '”写作' || quantities.surface || '，按原文数字计算却是'
                    || {{ plain_number('all_findings.compared_value') }} || '%，请核对原文'
            when 'breakdown_part_exceeds_total'
                then '“其中”的' || quantities.surface || '大于总数' || related_quantities.surface || '，请核对原文'
            when 'breakdown_sum_exceeds_total'
                then
                    '“其中”各项合计' || {{ plain_number('all_findings.compared_value') }} || '，大于总数'
                    || quantities.surface || '，请核对原文'
            when 'year_jump'
                then
                    '“' || indicators.name_zh || '”' || figures.previous_year || '年是'
                    || {{ plain_number('figures.previous_value') }} || indicators.unit
                    || '，' || figures.report_year || '年是' || quantities.surface
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
