with

quantities as (

    select * from {{ ref('stg_quantities') }}

),

versions as (

    select * from {{ ref('int_report_versions') }}

),

current_quantities as (

    select quantities.*
    from quantities
    inner join versions on quantities.report_id = versions.report_id and versions.is_current

)

select * from current_quantities
