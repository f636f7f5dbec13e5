"""Configuration for all tests."""

from __future__ import annotations

import re

import pytest

# Python caches 512 patterns, but the indicator rules have 800: each test that loads them would recompile them.
re._MAXCACHE = 10_000  # type: ignore[attr-defined]

_LONG = (
    "tests/graph/",
    "tests/browser/",
    "tests/unit/transform/",
    "tests/unit/ocr/",
    "tests/unit/engine/test_dask.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run slow files first, so that no core is left with one at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))
