-- A row is a current figure whose surface does not stand in its sentence at its offsets.
-- (That the sentence stands in the text is checked where figures are written.)
select
    quantity_id,
    surface,
    sentence
from {{ ref('int_current_quantities') }}
where substring(sentence, char_start - sentence_start + 1, char_end - char_start) != surface
