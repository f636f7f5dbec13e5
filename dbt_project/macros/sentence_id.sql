{#- Key of a sentence: its report and its position with four digits (3d681b4609166cef-t0012). -#}
{% macro sentence_id(report_id, position) -%}
    {{ report_id }} || printf('-t%04d', {{ position }})
{%- endmacro %}
