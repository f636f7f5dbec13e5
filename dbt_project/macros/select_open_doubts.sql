{#-
    Doubtful figures: one row per unsettled finding and figure that it makes doubtful.

    If a part exceeds its whole, or two years differ greatly, either figure may be wrong: both are doubtful.

    findings: relation or alias of quantity_findings.
    confirmed: a query for the quantity_id of confirmed figures.
-#}
{% macro select_open_doubts(findings, confirmed) -%}
    select distinct
        found.finding_id,
        found.report_id,
        unnest(
            case
                when found.finding_type in ('part_exceeds_whole', 'year_jump')
                    then [found.quantity_id, found.related_quantity_id]
                else [found.quantity_id]
            end
        ) as quantity_id,
        found.severity,
        found.message_zh
    from {{ findings }} as found
    where
        found.severity != 'info'
        and found.quantity_id not in ({{ confirmed }})
{%- endmacro %}
