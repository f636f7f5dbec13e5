with

township_reports as (

    select * from {{ ref('int_township_reports') }}

),

indicators as (

    select * from {{ ref('dim_indicator') }}

),

headlines as (

    select * from {{ ref('int_indicator_headlines') }}

),

domains as (

    select
        domain_id,
        any_value(domain_name_zh) as name_zh,
        any_value(domain_name_en) as name_en,
        any_value(domain_position) as position,
        count(*)::integer as indicators_in_catalogue
    from indicators
    group by domain_id

),

disclosed as (

    select
        headlines.report_id,
        indicators.domain_id,
        count(*)::integer as indicators_disclosed
    from headlines
    inner join indicators on headlines.indicator_id = indicators.indicator_id
    group by headlines.report_id, indicators.domain_id

),

disclosure as (

    select
        township_reports.township_key,
        township_reports.unit_name,
        township_reports.county_code,
        township_reports.report_year,
        domains.domain_id,
        domains.name_zh,
        domains.name_en,
        domains.position,
        coalesce(disclosed.indicators_disclosed, 0) as indicators_disclosed,
        domains.indicators_in_catalogue,
        coalesce(disclosed.indicators_disclosed, 0) / domains.indicators_in_catalogue as share_disclosed,
        township_reports.report_id
    from township_reports
    cross join domains
    left join disclosed
        on
            township_reports.report_id = disclosed.report_id
            and domains.domain_id = disclosed.domain_id

)

select * from disclosure
