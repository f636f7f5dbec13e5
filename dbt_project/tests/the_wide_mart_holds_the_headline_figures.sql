{{ config(meta={'dagster': {'ref': {'name': 'township_indicators_wide'}}}) }}
-- A row is a headline figure that is not in the wide mart with the same value.
with

wide as (

    select
        report_id,
        indicator_column,
        value
    from (
        unpivot {{ ref('township_indicators_wide') }}
        on columns(* exclude (
            township_key, unit_name, county_code, county_name, province_name, report_year, report_id, doubtful_zh
        ))
        into name indicator_column value value
    )

),

headlines as (

    select
        figures.report_id,
        indicators.wide_column_name,
        figures.value
    from {{ ref('township_indicators') }} as figures
    inner join {{ ref('dim_indicator') }} as indicators on figures.indicator_id = indicators.indicator_id

)

select
    headlines.*,
    wide.value as wide_value
from headlines
full outer join wide
    on
        headlines.report_id = wide.report_id
        and headlines.wide_column_name = wide.indicator_column
where headlines.value is distinct from wide.value
