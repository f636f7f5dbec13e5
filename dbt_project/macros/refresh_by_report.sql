{#-
    Incremental facts, report by report. Rows of a report are written once and kept until their
    input hash (int_report_input_hashes) changes or the report is no longer current: the pre-hook
    deletes those, and the model inserts reports that have no rows. A full refresh gives the same rows;
    the transform asset requests one whenever the dbt project or its seeds have changed.
-#}
{% macro delete_outdated_reports() -%}
    {%- if is_incremental() -%}
        delete from {{ this }} as built
        where not exists (
            select 1
            from {{ ref('int_report_input_hashes') }} as wanted
            where wanted.report_id = built.report_id and wanted.input_hash = built.input_hash
        )
    {%- endif -%}
{%- endmacro %}

{% macro reports_to_build() -%}
    select wanted.report_id, wanted.input_hash
    from {{ ref('int_report_input_hashes') }} as wanted
    {%- if is_incremental() %}
    where wanted.report_id not in (select built.report_id from {{ this }} as built)
    {%- endif -%}
{%- endmacro %}
