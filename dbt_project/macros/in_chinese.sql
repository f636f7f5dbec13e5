{#- A number as people write it, without trailing zeros after the point. -#}
{% macro plain_number(number) -%}
    regexp_replace(printf('%.4f', {{ number }}), '\.?0+$', '')
{%- endmacro %}

{#- 重庆市铜梁区太平镇: each name once, because the four municipalities are their own cities. -#}
{% macro full_place_name(table) -%}
    {{ table }}.province_name
    || case when {{ table }}.city_name != {{ table }}.province_name then {{ table }}.city_name else '' end
    || case when {{ table }}.county_name != {{ table }}.city_name then {{ table }}.county_name else '' end
    || {{ table }}.unit_name
{%- endmacro %}
