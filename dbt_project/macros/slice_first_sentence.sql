{#- The sentence of a theme's first mention (int_theme_reports), out of the section that it stands in. -#}
{% macro slice_first_sentence(sections, mentions) -%}
    substring(
            {{ sections }}.text,
            {{ mentions }}.first_sentence_start - {{ sections }}.char_start + 1,
            {{ mentions }}.first_sentence_end - {{ mentions }}.first_sentence_start
        )
{%- endmacro %}
