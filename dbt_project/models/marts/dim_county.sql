with

townships as (

    select * from {{ ref('dim_township') }}

),

-- with the names of the gazetteer before those of reports
counties as (

    select
        county_code,
        county_name,
        city_name,
        province_name
    from townships
    where county_code is not null
    qualify row_number() over (partition by county_code order by is_in_gazetteer desc, township_key asc) = 1

)

select * from counties
