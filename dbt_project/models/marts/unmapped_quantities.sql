with

quantities as (

    select * from {{ ref('fct_quantity') }}
    where indicator_id is null and period in ('report_year', 'previous_year')

),

versions as (

    select * from {{ ref('int_report_versions') }}

),

-- plans and changes against a previous year never get an indicator, so they are not gaps in the catalogue
counted as (

    select
        measured,
        unit,
        count(*)::integer as figures,
        count(distinct report_id)::integer as reports,
        min(quantity_id) as example_quantity_id
    from quantities
    group by measured, unit

),

with_example as (

    select
        counted.measured,
        counted.unit,
        counted.figures,
        counted.reports,
        quantities.value as example_value,
        quantities.sentence as example_sentence,
        versions.unit_name as example_unit_name,
        versions.report_year as example_report_year,
        quantities.report_id as example_report_id,
        counted.example_quantity_id
    from counted
    inner join quantities on counted.example_quantity_id = quantities.quantity_id
    inner join versions on quantities.report_id = versions.report_id

)

select * from with_example
