{#-
    The on-run-end hook: create the query macros once all models exist. DuckDB binds a macro when it is
    created, so a run of a few models in a new warehouse would fail without this check.
-#}
{% macro create_query_macros_when_built() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set missing = [] -%}
        {%- for node in graph.nodes.values()
            if node.resource_type == 'model' and node.config.materialized != 'ephemeral'
            and not adapter.get_relation(target.database, node.schema, node.name) -%}
            {%- do missing.append(node.name) -%}
        {%- endfor -%}
        {%- if not missing -%}{{ create_query_macros() }}{{ create_page_macros() }}{%- endif -%}
    {%- endif -%}
{%- endmacro %}
