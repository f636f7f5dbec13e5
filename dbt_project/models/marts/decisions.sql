with

corrections as (

    select * from {{ ref('stg_corrections') }}

),

versions as (

    select * from {{ ref('int_report_versions') }}

),

quantities as (

    select * from {{ ref('stg_quantities') }}

),

decisions as (

    select
        corrections.correction_id,
        corrections.report_id,
        corrections.quantity_id,
        versions.township_key,
        versions.unit_name,
        versions.report_year,
        corrections.field,
        corrections.corrected_value,
        corrections.decided_by,
        corrections.decided_at,
        corrections.note,
        quantities.surface,
        quantities.indicator_id,
        corrections.file,
        corrections.sheet,
        corrections.row_number
    from corrections
    left join versions on corrections.report_id = versions.report_id
    left join quantities on corrections.quantity_id = quantities.quantity_id

)

select * from decisions
