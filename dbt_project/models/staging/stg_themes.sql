with

themes as (

    select * from {{ ref('themes') }}

),

-- the file has a row per theme and section type; names do not depend on the section type
named as (

    select
        theme_id,
        min(name_zh) as name_zh,
        min(name_en) as name_en
    from themes
    group by theme_id

)

select * from named
