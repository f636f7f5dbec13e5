{#-
    The rows that a generic test reads. The condition is a placeholder that a small refresh
    replaces (orchestration/warehouse/compiled.py).
-#}
{% macro get_where_subquery(relation) -%}
    {%- set rows = 'true /* rows of ' ~ relation.schema ~ '.' ~ relation.identifier ~ ' */' -%}
    {%- if config.get('where') -%}
        {%- set rows = rows ~ ' and (' ~ config.get('where') ~ ')' -%}
    {%- endif -%}
    {{ return('(select * from ' ~ relation ~ ' where ' ~ rows ~ ') as rows_to_test') }}
{%- endmacro %}
