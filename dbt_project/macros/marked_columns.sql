{#-
    Columns of a model with a config.meta key, as a list of {name, key}, in the order of the YAML.

    The column list of a mart with one column per indicator or per domain is written once, in its
    YAML (enforced contract, comments); its SQL loops over it. A unit test has no graph and overrides
    this macro.
-#}
{% macro marked_columns(model_name, meta_key) -%}
    {%- set marked = [] -%}
    {%- if execute -%}
        {%- set node = graph.nodes['model.' ~ project_name ~ '.' ~ model_name] -%}
        {%- for column in node.columns.values() if meta_key in column.config.meta -%}
            {%- do marked.append({'name': column.name, 'key': column.config.meta[meta_key]}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(marked) }}
{%- endmacro %}
