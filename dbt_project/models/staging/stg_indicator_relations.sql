with

relations as (

    select * from {{ ref('indicator_relations') }}

),

renamed as (

    select
        relation_id,
        part_indicator_id,
        whole_indicator_id,
        rate_indicator_id,
        severity,
        is_kind,
        note
    from relations

)

select * from renamed
