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
        quantities.correction_id is not null or confirmations.quantity_id is not null as is_settled,
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
        is_of_people,
        is_settled,
        mentions::integer as mentions
    from ranked
    where is_candidate and place = 1

),

-- 专题学习12次 … 会前学法6次: kinds told apart without a sum, or unmarked parts: the headline is the largest.
-- 化解300余件 beside 化解312件 is the same figure, rounded. A person's decision settles which one counts.
others as (

    select
        headlines.quantity_id,
        count(distinct ranked.value)::integer as other_totals
    from headlines
    inner join ranked
        on headlines.report_id = ranked.report_id and headlines.indicator_id = ranked.indicator_id
    where
        not headlines.is_settled
        and ranked.place > 1
        and ranked.is_candidate
        and ranked.is_sure
        and ranked.scope = 'total'
        and ranked.is_of_people = headlines.is_of_people
        and coalesce(ranked.section_type not in ('problems', 'plans'), true)
        and ranked.value != headlines.value
        and not (
            (ranked.qualifier != 'exact' or headlines.qualifier != 'exact')
            and least(ranked.value, headlines.value) >= 0.9 * greatest(ranked.value, headlines.value)
        )
    group by headlines.quantity_id

)

select
    headlines.township_key,
    headlines.report_year,
    headlines.report_id,
    headlines.indicator_id,
    headlines.quantity_id,
    headlines.value,
    headlines.qualifier,
    headlines.scope,
    headlines.confidence,
    headlines.mentions,
    coalesce(others.other_totals, 0) as other_totals
from headlines
left join others on headlines.quantity_id = others.quantity_id
-- rows of a county are adjacent here and in downstream tables: smaller, and partly readable
order by headlines.township_key, headlines.report_year, headlines.indicator_id
