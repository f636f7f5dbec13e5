"""Search in memory finds what a plain search finds, in every place."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestration.explorer.texts import build_texts

ROWS = [
    ("a", "achievements", "全年调解矛盾纠纷12件。"),
    ("a", "problems", "调解力量不足"),
    ("b", "problems", "社会矛盾"),
    ("b", "problems", "纠纷多𠮷"),
]


def test_a_piece_is_found_in_its_reports() -> None:
    texts = build_texts(ROWS)
    assert texts.find("调解") == {"a"}
    assert texts.find("矛盾") == {"a", "b"}
    assert texts.find("12件。") == {"a"}
    assert texts.find("没有") == frozenset()
    assert texts.find("") == frozenset()


def test_a_piece_is_sought_in_the_parts_asked_for() -> None:
    texts = build_texts(ROWS)
    assert texts.find("矛盾", "problems") == {"b"}
    assert texts.find("矛盾", "plans") == frozenset()


def test_a_match_does_not_cross_a_section_border() -> None:
    assert build_texts(ROWS).find("矛盾纠纷") == {"a"}


def test_characters_beyond_16_bits_keep_their_place() -> None:
    assert build_texts(ROWS).find("多𠮷") == {"b"}


def test_nothing_is_found_in_nothing() -> None:
    assert build_texts([]).find("调解") == frozenset()


@given(
    st.lists(
        st.tuples(st.sampled_from("abc"), st.sampled_from("xy"), st.text("甲乙丙\n𠮷", max_size=8)),
        max_size=12,
    ),
    st.text("甲乙丙𠮷", min_size=1, max_size=3),
)
def test_it_finds_what_a_plain_search_finds(rows: list[tuple[str, str, str]], piece: str) -> None:
    assert build_texts(rows).find(piece) == {report for report, _, text in rows if piece in text}
