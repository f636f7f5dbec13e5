{#- The sentence of a theme's first mention (int_theme_reports), sliced from its section. -#}
{% macro slice_first_sentence(sections, mentions) -%}
    substring(
            {{ sections }}.text,
            {{ mentions }}.first_sentence_start - {{ sections }}.char_start + 1,
            {{ mentions }}.first_sentence_end - {{ mentions }}.first_sentence_start
        )
{%- endmacro %}
