"""Compare the five real reports, which are not part of this project, with what a careful reader finds."""

from __future__ import annotations

import importlib.util
import shutil
import warnings
from collections.abc import Callable
from types import ModuleType
from typing import Any

import duckdb
import pytest

from orchestration.settings import PROJECT_DIR
from tests.graph.conftest import REAL_REPORTS, Installation, refresh

GOLD = PROJECT_DIR.parent / "shared" / "gold"
SCORER = PROJECT_DIR.parent / "shared" / "tools" / "score.py"


def load_scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score", SCORER)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scores(install_refreshed: Callable[[], Installation]) -> dict[str, dict[str, Any]]:
    if not REAL_REPORTS.is_dir():
        message = f"the real reports are not at {REAL_REPORTS}: extraction is NOT measured on real text"
        warnings.warn(message, stacklevel=1)
        pytest.skip(message)
    installation = install_refreshed()  # each report is scored by itself
    shutil.copytree(REAL_REPORTS, installation.settings.data.parent / "reports", dirs_exist_ok=True)
    refresh(installation)
    scorer = load_scorer()
    figures: dict[str, dict[str, Any]] = {}
    misses: list[tuple[str, str, str]] = []
    with duckdb.connect(str(installation.settings.warehouse), read_only=True) as connection:
        for area in ("reports", "sections", "quantities"):
            getattr(scorer, f"score_{area}")(connection, scorer.rows(GOLD / f"{area}.csv"), figures, misses)
    print(*misses, sep="\n")
    return figures


@pytest.mark.parametrize(
    ("area", "figure", "at_least"),
    [
        ("reports", "unit_name", 1.0),
        ("reports", "county_name", 1.0),
        ("reports", "province_name", 1.0),
        ("reports", "report_year", 1.0),
        ("reports", "published_on", 1.0),
        ("sections", "precision", 0.98),
        ("sections", "recall", 0.98),
        ("sections", "type_accuracy", 1.0),
        ("quantities", "precision", 0.98),
        ("quantities", "recall", 0.99),
        ("quantities", "unit_accuracy", 0.99),
        ("quantities", "qualifier_accuracy", 0.99),
        ("indicators", "precision", 0.95),
        ("indicators", "recall", 0.95),
    ],
)
def test_score(scores: dict[str, dict[str, Any]], area: str, figure: str, at_least: float) -> None:
    assert scores[area][figure] >= at_least
