-- A row is a domain of the catalogue without its column in reporting_compliance and
-- county_scorecard (their YAML lists them), or a column without a domain.
with

columns as (

    {% for mart in ['reporting_compliance', 'county_scorecard'] -%}
        select
            '{{ mart }}' as mart,
            unnest([
                {%- for column in marked_columns(mart, 'domain_id') %}
                    '{{ column.key }}'{{ ',' if not loop.last }}
                {%- endfor %}
            ]) as domain_id
        {{ 'union all' if not loop.last }}
    {% endfor %}

),

expected as (

    select
        marts.mart,
        domains.domain_id
    from {{ ref('stg_domains') }} as domains
    cross join (select unnest(['reporting_compliance', 'county_scorecard']) as mart) as marts

)

select
    expected.mart,
    expected.domain_id as domain_of_catalogue,
    columns.domain_id as domain_of_column
from expected
full outer join columns on expected.mart = columns.mart and expected.domain_id = columns.domain_id
where expected.domain_id is null or columns.domain_id is null
