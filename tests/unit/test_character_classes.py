"""`all_but` writes the same class as `[^…]`."""

from __future__ import annotations

import re
import sys

from hypothesis import given
from hypothesis import strategies as st

from orchestration.pipeline.character_classes import all_but


@given(st.text(max_size=12), st.text())
def test_it_holds_every_character_but_the_named_ones(characters: str, text: str) -> None:
    found = re.findall(all_but(characters), text + characters)
    assert found == [one for one in text + characters if one not in characters]


def test_marks_of_expressions_and_both_ends_stand_for_themselves() -> None:
    named = "]-^\\[ \x00" + chr(sys.maxunicode)
    expression = re.compile(rf"{all_but(named)}+", re.VERBOSE)
    assert expression.findall("a" + "b".join(named) + "c") == ["a", *"b" * (len(named) - 1), "c"]
