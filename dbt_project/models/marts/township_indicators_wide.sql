{%- set columns = marked_columns('township_indicators_wide', 'indicator_id') -%}
with

figures as (

    select
        report_id,
        replace(indicator_id, '.', '_') as indicator_column,
        value
    from {{ ref('int_indicator_headlines') }}

),

township_reports as (

    select * from {{ ref('int_township_reports') }}

),

-- one column per indicator of the catalogue; a report without any figure keeps its row
pivoted as (

    pivot figures
    on indicator_column in (
        {% for column in columns %}
            '{{ column.name }}'{{ ',' if not loop.last }}
        {% endfor %}
    )
    using max(value)
    group by report_id

),

doubts as (

    select * from {{ ref('int_open_doubts') }}

),

doubtful as (

    select
        headlines.report_id,
        string_agg(indicators.name_zh, '、' order by headlines.indicator_id) as doubtful_zh
    from doubts
    inner join {{ ref('int_indicator_headlines') }} as headlines on doubts.quantity_id = headlines.quantity_id
    inner join {{ ref('stg_indicators') }} as indicators on headlines.indicator_id = indicators.indicator_id
    group by headlines.report_id

),

wide as (

    select
        {% for column in columns %}
            pivoted.{{ column.name }},
        {% endfor %}
        township_reports.township_key,
        township_reports.unit_name,
        township_reports.county_code,
        township_reports.county_name,
        township_reports.province_name,
        township_reports.report_year,
        township_reports.report_id,
        doubtful.doubtful_zh
    from township_reports
    left join pivoted on township_reports.report_id = pivoted.report_id
    left join doubtful on township_reports.report_id = doubtful.report_id

)

select * from wide
