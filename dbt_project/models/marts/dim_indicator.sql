with

indicators as (

    select * from {{ ref('stg_indicators') }}

),

domains as (

    select * from {{ ref('stg_domains') }}

),

catalogue as (

    select
        indicators.indicator_id,
        indicators.domain_id,
        domains.name_zh as domain_name_zh,
        indicators.name_zh,
        indicators.name_en,
        indicators.unit,
        indicators.kind,
        indicators.valid_min,
        indicators.valid_max,
        indicators.definition,
        domains.name_en as domain_name_en,
        domains.position as domain_position,
        indicators.wide_column_name
    from indicators
    left join domains on indicators.domain_id = domains.domain_id

)

select * from catalogue
