{#-
    ref() and source() without the name of the database: a view then reads the tables beside it, also
    where somebody attaches the published file under a name of their own.
-#}
{% macro ref() -%}
    {{ return(builtins.ref(*varargs, **kwargs).include(database=false)) }}
{%- endmacro %}

{% macro source() -%}
    {{ return(builtins.source(*varargs, **kwargs).include(database=false)) }}
{%- endmacro %}
