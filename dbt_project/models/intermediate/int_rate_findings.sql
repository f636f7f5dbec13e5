with

quantities as (

    select * from {{ ref('fct_quantity') }}

),

relations as (

    select * from {{ ref('stg_indicator_relations') }}

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

)

select * from rate_differs
