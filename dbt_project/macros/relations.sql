{#-
    ref() and source() without the database name: a view then reads the tables of its own database, even
    if somebody attaches the published file under another name.
-#}
{% macro ref() -%}
    {{ return(builtins.ref(*varargs, **kwargs).include(database=false)) }}
{%- endmacro %}

{% macro source() -%}
    {{ return(builtins.source(*varargs, **kwargs).include(database=false)) }}
{%- endmacro %}
