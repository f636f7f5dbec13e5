"""Facts refreshed report by report hold the same rows as facts built anew."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.graph.conftest import Installation
from tests.graph.test_refresh import report


def read_marts(installation: Installation) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all marts, without the time of loading."""
    tables = installation.query(
        "select table_name from information_schema.tables where table_schema = 'marts' order by 1"
    )
    return {
        name: installation.query(f"select columns(c -> c != 'loaded_at') from marts.{name} order by all")
        for (name,) in tables
    }


def test_an_incremental_refresh_writes_what_changed_and_equals_a_full_one(
    install: Callable[[Path | None], Installation],
) -> None:
    installation = install(None)
    installation.write("changed.txt", report(2022, found=10, resolved=9))
    installation.write("kept.txt", report(2023, found=20, resolved=19))
    installation.write("corrected.txt", report(2024, found=30, resolved=29))
    assert installation.run().success
    mark = "update marts.fct_quantity set measured = 'untouched' where value in (10, 20, 30)"
    installation.execute(mark)

    installation.write("changed.txt", report(2022, found=11, resolved=9))
    installation.write("correction.txt", report(2024, found=31, resolved=29))
    installation.write("new.txt", report(2025, found=40, resolved=39))
    assert installation.run().success
    marked = "select value from marts.fct_quantity where measured = 'untouched'"
    assert installation.query(marked) == [(20.0,)]
    found = "select value from marts.fct_quantity where indicator_id = 'disputes.found' order by 1"
    assert installation.query(found) == [(11.0,), (20.0,), (31.0,), (40.0,)]

    kept = "(select measured from raw.quantities q where q.quantity_id = f.quantity_id)"
    installation.execute(f"update marts.fct_quantity f set measured = {kept} where measured = 'untouched'")
    incremental = read_marts(installation)
    assert installation.run("rebuild", everything=True).success
    assert read_marts(installation) == incremental
