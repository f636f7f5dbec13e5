"""docs/queries.md: every query shown there runs on the marts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from raw_corpus import PROJECT

_TEXT = (PROJECT / "docs" / "queries.md").read_text(encoding="utf-8")
QUERIES = dict(re.findall(r"^### ([^\n]+)\n.*?```sql\n(.+?);?\n```", _TEXT, flags=re.DOTALL | re.MULTILINE))


def test_the_page_has_queries() -> None:
    assert len(QUERIES) >= 10


@pytest.mark.parametrize("title", QUERIES)
def test_query_of_the_page_runs(query: Callable[..., list[tuple[Any, ...]]], title: str) -> None:
    query(QUERIES[title])
