with

quantities as (

    select * from {{ ref('stg_quantities') }}

),

current_reports as (

    select * from {{ ref('int_current_reports') }}

),

current_quantities as (

    select quantities.*
    from quantities
    inner join current_reports on quantities.report_id = current_reports.report_id

)

select * from current_quantities
