{%- set domains = marked_columns('county_scorecard', 'domain_id') -%}
with

coverage as (

    select * from {{ ref('coverage') }}

),

compliance as (

    select * from {{ ref('reporting_compliance') }}

),

disclosure as (

    select * from {{ ref('domain_disclosure') }}

),

covered as (

    select
        county_code,
        arg_max(county_name, township_key) as county_name,
        arg_max(city_name, township_key) as city_name,
        arg_max(province_name, township_key) as province_name,
        report_year,
        count(*)::integer as townships,
        count(report_id)::integer as reports,
        round(100 * count(report_id) / count(*), 2) as coverage_pct
    from coverage
    where county_code is not null
    group by county_code, report_year

),

complied as (

    select
        county_code,
        report_year,
        count(*) filter (where parts_present = parts_required)::integer as complete_reports,
        count(published_on)::integer as reports_with_publication_date,
        count(*) filter (where is_published_in_time)::integer as published_in_time,
        median(days_late) as median_days_late,
        median(indicators_disclosed) as median_indicators_disclosed
    from compliance
    group by county_code, report_year

),

-- only reports that coverage counts: a township may have only another kind
disclosed as (

    select
        {% for domain in domains %}
            avg(indicators_disclosed) filter (where domain_id = '{{ domain.key }}') as {{ domain.name }},
        {% endfor %}
        county_code,
        report_year
    from disclosure
    where report_id in (select compliance.report_id from compliance)
    group by county_code, report_year

),

scorecard as (

    select
        {% for domain in domains %}
            disclosed.{{ domain.name }},
        {% endfor %}
        covered.county_code,
        covered.county_name,
        covered.city_name,
        covered.province_name,
        covered.report_year,
        covered.townships,
        covered.reports,
        covered.coverage_pct,
        coalesce(complied.complete_reports, 0) as complete_reports,
        coalesce(complied.reports_with_publication_date, 0) as reports_with_publication_date,
        coalesce(complied.published_in_time, 0) as published_in_time,
        complied.median_days_late,
        complied.median_indicators_disclosed
    from covered
    left join complied
        on
            covered.county_code = complied.county_code
            and covered.report_year = complied.report_year
    left join disclosed
        on
            covered.county_code = disclosed.county_code
            and covered.report_year = disclosed.report_year

)

select * from scorecard
