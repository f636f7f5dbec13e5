-- A row is an indicator of the catalogue without a column in township_indicators_wide, or a column
-- without an indicator: run `make parse`.
{{ config(severity='warn') }}
with

columns as (

    select unnest([
        {%- for column in marked_columns('township_indicators_wide', 'indicator_id') %}
            '{{ column.key }}'{{ ',' if not loop.last }}
        {%- endfor %}
    ]) as indicator_id

)

select
    indicators.indicator_id as indicator_of_catalogue,
    columns.indicator_id as indicator_of_column
from {{ ref('dim_indicator') }} as indicators
full outer join columns on indicators.indicator_id = columns.indicator_id
where indicators.indicator_id is null or columns.indicator_id is null
