-- Windows over the years of a township also name its county, so that one county can be recomputed alone.
select
    township_key,
    county_code,
    report_id
from {{ ref('int_township_reports') }}
where not starts_with(township_key, county_code)
