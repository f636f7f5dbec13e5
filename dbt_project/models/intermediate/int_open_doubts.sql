with

findings as (

    select * from {{ ref('quantity_findings') }}

),

headlines as (

    select * from {{ ref('int_indicator_headlines') }}

),

township_reports as (

    select * from {{ ref('int_township_reports') }}

),

confirmations as (

    select quantity_id from {{ ref('int_confirmed_figures') }}

),

doubts as (

    {{ select_open_doubts('findings', 'select quantity_id from confirmations') }}

),

doubtful as (

    select
        headlines.township_key,
        township_reports.county_code,
        headlines.report_year,
        headlines.report_id,
        headlines.quantity_id,
        string_agg(doubts.message_zh, '；' order by doubts.finding_id) as doubt_zh
    from doubts
    inner join headlines on doubts.quantity_id = headlines.quantity_id
    inner join township_reports on headlines.report_id = township_reports.report_id
    -- a confirmed figure is not doubtful, even if the other figure of the finding is
    where headlines.quantity_id not in (select confirmations.quantity_id from confirmations)
    group by
        headlines.township_key,
        township_reports.county_code,
        headlines.report_year,
        headlines.report_id,
        headlines.quantity_id

)

select * from doubtful
