with

findings as (

    select * from {{ ref('stg_correction_findings') }}

),

described as (

    select
        file,
        row_number,
        problem_zh,
        nearest_match,
        sheet,
        problem_code,
        problem,
        report_id,
        quantity_id,
        field,
        corrected_value
    from findings

)

select * from described
