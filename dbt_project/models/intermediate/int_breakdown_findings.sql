with

quantities as (

    select * from {{ ref('fct_quantity') }}

),

relations as (

    select * from {{ ref('stg_indicator_relations') }}

),

-- 其中: figures after it, up to the next semicolon, are parts of the last figure before it
breakdowns as (

    select
        *,
        sentence_start + strpos(sentence, '其中') - 1 as breakdown_start,
        sentence_start + strpos(sentence, '其中') - 1
        + length(regexp_extract(substring(sentence, strpos(sentence, '其中')), '^[^；;]*')) as breakdown_end
    from quantities
    where unit != '%' and contains(sentence, '其中')

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
    where value > whole_value and whole_qualifier != 'at_least'

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

findings as (

    select * from breakdown_part_exceeds_total
    union all
    select * from breakdown_sum_exceeds_total

)

select * from findings
