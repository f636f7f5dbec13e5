with

source as (

    select * from {{ source('raw', 'townships') }}

),

renamed as (

    select
        township_key,
        unit_name,
        unit_type,
        county_code,
        county_name,
        city_name,
        province_name,
        township_code,
        nullif(array_to_string(former_names, '、'), '') as former_names
    from source

)

select * from renamed
