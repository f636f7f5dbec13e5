"""Documents made from query results: tables, queries, dictionary lines."""

from __future__ import annotations

from datetime import date

import pytest

from orchestration.publishing.describe import MartNames
from orchestration.publishing.documents import find_queries, render_dictionary, render_queries, render_table

DOCUMENT = """# Queries

```
not a query
```

## 1

```sql
select 1
```

Words after it.

## 2

```sql
select 2
```
"""


def run(sql: str) -> tuple[list[str], list[tuple[object, ...]]]:
    return ["n"], [(int(sql.split()[-1]),)]


def test_results_follow_their_queries_and_the_rest_stays() -> None:
    rendered = render_queries(DOCUMENT, run)
    assert (
        rendered.replace("\n| n |\n| ---: |\n| 1 |\n", "").replace("\n| n |\n| ---: |\n| 2 |\n", "")
        == DOCUMENT
    )
    assert rendered.index("| 1 |") < rendered.index("Words after it.") < rendered.index("| 2 |")


def test_rendering_again_changes_nothing() -> None:
    rendered = render_queries(DOCUMENT, run)
    assert render_queries(rendered, run) == rendered
    assert find_queries(rendered) == find_queries(DOCUMENT) == ["select 1\n", "select 2\n"]


def test_a_changed_result_changes_the_document() -> None:
    rendered = render_queries(DOCUMENT, run)
    assert "| 3 |" in render_queries(rendered, lambda _: (["n"], [(3,)]))


def test_a_table_shows_values_as_people_write_them() -> None:
    rows = [("a|b", 3.0, None, True, date(2026, 2, 9)), ("c\nd", 0.1 + 0.2, 7, False, None)]
    assert render_table(["text", "x", "n", "flag", "day"], rows).splitlines() == [
        "| text | x | n | flag | day |",
        "| --- | ---: | ---: | --- | --- |",
        "| a\\|b | 3 |  | true | 2026-02-09 |",
        "| c d | 0.3 | 7 | false |  |",
    ]


def test_a_value_that_a_cell_cannot_show_is_refused() -> None:
    with pytest.raises(TypeError, match="cast it"):
        render_table(["list"], [([1, 2],)])


def test_a_new_indicator_does_not_change_the_dictionary() -> None:
    names = MartNames({"wide": (("id",), "宽表", "每行")}, {("", "id"): ("编号", "键。")})
    key = ("id", "VARCHAR", "Key.")
    one = [("a_b", "DOUBLE", "甲: A, in 件; null."), ("c_d", "DOUBLE", "乙: C, in 件; null.")]
    two = [*one, ("e_f", "DOUBLE", "丙: E, in 件; null.")]
    first = render_dictionary([names.describe("wide", "One row per id.", 1, [key, *one])])
    assert first == render_dictionary([names.describe("wide", "One row per id.", 2, [key, *two])])
    assert "| `id` | varchar | Key. | 编号 | 键。 |" in first
