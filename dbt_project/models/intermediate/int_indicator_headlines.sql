-- depends_on: {{ ref('int_report_input_hashes') }}, which identifies changed reports
with

quantities as (

    select * from {{ ref('int_current_quantities') }}
    where indicator_id is not null

),

township_reports as (

    select * from {{ ref('int_township_reports') }}

),

indicators as (

    select * from {{ ref('stg_indicators') }}

),

confirmations as (

    select * from {{ ref('int_confirmed_figures') }}

),

figures as (

    select
        township_reports.township_key,
        township_reports.report_year,
        quantities.report_id,
        quantities.indicator_id,
        quantities.quantity_id,
        quantities.value,
        quantities.qualifier,
        quantities.scope,
        quantities.section_type,
        quantities.correction_id,
        quantities.confidence,
        quantities.char_start,
        quantities.confidence >= {{ var('review_confidence') }} or confirmations.quantity_id is not null as is_sure,
        indicators.kind,
        coalesce(quantities.unit in ('人', '人次', '名') and indicators.unit not in ('人', '人次', '名'), false)
            as is_of_people,
        quantities.period = 'report_year'
        and quantities.value >= coalesce(indicators.valid_min, '-infinity'::double)
        and quantities.value <= coalesce(indicators.valid_max, 'infinity'::double) as is_candidate
    from quantities
    inner join township_reports on quantities.report_id = township_reports.report_id
    inner join indicators on quantities.indicator_id = indicators.indicator_id
    left join confirmations
        on quantities.report_id = confirmations.report_id and quantities.quantity_id = confirmations.quantity_id

),

-- The headline is chosen in this order: a reviewed total; a total before a part; the parts
-- of the report on work done before problems and plans; a confident or confirmed match before
-- another; cases before the people involved (162批305人次); the largest count (a year's total
-- is never below a part of it) but the first rate; the first.
ranked as (

    select
        *,
        count(*) over (partition by report_id, indicator_id) as mentions,
        row_number() over (
            partition by report_id, indicator_id
            order by
                is_candidate desc,
                correction_id is null or scope = 'partial' asc,
                scope = 'partial' asc,
                coalesce(section_type in ('problems', 'plans'), false) asc,
                is_sure desc,
                is_of_people asc,
                case when kind = 'rate' then 0 else value end desc,
                char_start asc,
                quantity_id asc
        ) as place
    from figures

),

headlines as (

    select
        township_key,
        report_year,
        report_id,
        indicator_id,
        quantity_id,
        value,
        qualifier,
        scope,
        confidence,
        mentions::integer as mentions
    from ranked
    where is_candidate and place = 1

)

select * from headlines
-- rows of a county are adjacent here and in downstream tables: smaller, and partly readable
order by township_key, report_year, indicator_id
