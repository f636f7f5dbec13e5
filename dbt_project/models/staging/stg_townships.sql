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
        province_name
    from source

)

select * from renamed
