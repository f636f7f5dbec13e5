{{ config(meta={'dagster': {'ref': {'name': 'fct_quantity'}}}) }}
-- A row means that more figures are outside their indicator's range than misprints explain: the
-- extractor or the catalogue is wrong, and the build stops. A single misprint does not
-- stop it: below 100 figures with an indicator, one is allowed.
with

counted as (

    select
        count(*) as figures,
        count(*) filter (
            where quantities.value < indicators.valid_min or quantities.value > indicators.valid_max
        ) as outside
    from {{ ref('fct_quantity') }} as quantities
    inner join {{ ref('dim_indicator') }} as indicators
        on quantities.indicator_id = indicators.indicator_id

)

select *
from counted
where outside > greatest(1, {{ var('max_share_out_of_range') }} * figures)
