with

quantities as (

    select * from {{ ref('fct_quantity') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

versions as (

    select * from {{ ref('int_report_versions') }}

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

)

select * from outside_range
