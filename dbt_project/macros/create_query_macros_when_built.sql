{#-
    The on-run-end hook: create the query macros once the marts that they read exist.

    DuckDB binds a macro when it is created, so a run of a few models in a new warehouse would fail
    without this check.
-#}
{% macro create_query_macros_when_built() -%}
    {%- if execute and flags.WHICH in ('build', 'run') -%}
        {%- set missing = [] -%}
        {%- for mart in [
            'county_scorecard',
            'coverage',
            'dim_indicator',
            'dim_report',
            'dim_township',
            'domain_disclosure',
            'fct_quantity',
            'fct_section',
            'indicator_trends',
            'quantity_findings',
            'reporting_compliance',
            'township_indicators',
            'unreported_townships',
        ] -%}
            {%- if not adapter.get_relation(database=target.database, schema='marts', identifier=mart) -%}
                {%- do missing.append(mart) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if not missing -%}{{ create_query_macros() }}{{ create_page_macros() }}{%- endif -%}
        {%- if adapter.get_relation(database=target.database, schema='staging', identifier='stg_ocr_lines') -%}
            {{ create_scan_macros() }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
