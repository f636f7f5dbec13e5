with

figures as (

    select * from {{ ref('int_indicator_figures') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

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

)

select * from year_jump
