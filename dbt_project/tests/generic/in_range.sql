{#- Returns the rows whose value lies outside min_value … max_value, both included; null passes. -#}
{% test in_range(model, column_name, min_value='-infinity', max_value='infinity') %}
select *
from {{ model }}
where {{ column_name }} not between '{{ min_value }}'::double and '{{ max_value }}'::double
{% endtest %}
