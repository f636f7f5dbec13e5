{{ config(meta={'dagster': {'ref': {'name': 'township_indicators'}}}) }}
-- A row would publish a value that cannot be true. Figures outside the range stay in fct_quantity and
-- are listed in quantity_findings, but are never headlines.
select
    figures.quantity_id,
    figures.indicator_id,
    figures.value
from {{ ref('township_indicators') }} as figures
inner join {{ ref('dim_indicator') }} as indicators on figures.indicator_id = indicators.indicator_id
where figures.value < indicators.valid_min or figures.value > indicators.valid_max
