"""What holds for all tests."""

from __future__ import annotations

import re

import pytest

# Python keeps 512 patterns, the rules of the indicators alone have 800: each test that loads them would compile them.
re._MAXCACHE = 10_000  # type: ignore[attr-defined]

_LONG = (
    "tests/graph/",
    "tests/browser/",
    "tests/unit/transform/",
    "tests/unit/ocr/",
    "tests/unit/test_dask.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with files that take long: no core is left with one of them at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))
