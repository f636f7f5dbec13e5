-- A row is a current figure whose surface is not in its sentence at its offsets.
-- (That the sentence is in the text is checked when figures are written.)
select
    quantity_id,
    surface,
    sentence
from {{ ref('int_current_quantities') }}
where substring(sentence, char_start - sentence_start + 1, char_end - char_start) != surface
