"""Report cells stay plain text in Markdown previews."""

from __future__ import annotations

import re

import pandas as pd
import pytest

from orchestration.assets.preview import escape_markdown, to_markdown
from orchestration.publishing.spreadsheet import could_be_formula, harmless


@pytest.mark.parametrize(
    "text",
    [
        "[点此](javascript:alert(1))",
        "[点此]: javascript:alert(1)",
        "![图](http://evil.example/a.png)",
        "<script>alert(1)</script>",
        "<javascript:alert(1)>",
        "&lt;script&gt;",
        "a\\",
        "\\[x](y)",
        "a|b",
        "`code`",
        "**粗**",
    ],
)
def test_markup_is_escaped(text: str) -> None:
    escaped = escape_markdown(text)
    assert re.findall(r"(?<!\\)(?:\\\\)*[\[\]()<>|`*&!]", escaped) == []
    assert re.sub(r"\\(.)", r"\1", escaped).replace("\u2060", "") == text


@pytest.mark.parametrize(
    "text",
    [
        "http://evil.example",
        "见HTTPS://evil.example/a",
        "www.evil.example",
        "a@evil.example",
        "mailto:a@b.example",
    ],
)
def test_bare_addresses_are_not_links(text: str) -> None:
    """GitHub's Markdown would link a scheme with //, www with a dot, and a name before @."""
    shown = re.sub(r"\\(.)", r"\1", escape_markdown(text))
    assert not re.search(r"https?://|www\.|[-.\w+]@|mailto:", shown, re.IGNORECASE)
    assert shown.replace("\u2060", "") == text


def test_a_row_stays_one_line_with_its_cells() -> None:
    rows = pd.DataFrame({"a": ["x\r\n\u2028|y", "甲" * 59 + "\\[" + "乙" * 9], "b": ["z", "z"]})
    lines = to_markdown(rows).splitlines()
    assert len(lines) == 4
    for line in lines[2:]:
        assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", line)) == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("＝1", True),
        ("\n=1", True),
        ("\n调解", True),
        ("\u00a0﹢1", True),
        ("调解12件", False),
        ("", False),
        (" ", False),
    ],
)
def test_cells_that_could_be_formulas(text: str, expected: bool) -> None:
    assert could_be_formula(text) is expected
    assert harmless(text) == ("'" if expected else "") + text
