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


def test_regex_signs_and_the_first_and_last_characters_are_literal() -> None:
    named = "]-^\\[ \x00" + chr(sys.maxunicode)
    expression = re.compile(rf"{all_but(named)}+", re.VERBOSE)
    assert expression.findall("a" + "b".join(named) + "c") == ["a", *"b" * (len(named) - 1), "c"]
