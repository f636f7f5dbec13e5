with

indicators as (

    select * from {{ ref('indicators') }}

),

renamed as (

    select
        indicator_id,
        domain_id,
        name_zh,
        name_en,
        unit,
        kind,
        valid_min,
        valid_max,
        definition,
        replace(indicator_id, '.', '_') as wide_column_name
    from indicators

)

select * from renamed
