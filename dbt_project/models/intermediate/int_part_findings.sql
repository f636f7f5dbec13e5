with

quantities as (

    select * from {{ ref('fct_quantity') }}

),

headlines as (

    select * from {{ ref('int_indicator_headlines') }}

),

relations as (

    select * from {{ ref('stg_indicator_relations') }}

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

)

select * from part_exceeds_whole
