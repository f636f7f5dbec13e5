"""The code location loads, holds the assets that others depend on, and starts as documented."""

from __future__ import annotations

import ast
from collections.abc import Callable
from importlib.metadata import version as installed_version
from pathlib import Path

import dagster as dg
import pytest
from dagster_dbt import DbtCliResource

from orchestration.assets.dbt_project import Dbt
from orchestration.automation.jobs import WHOLE_BUILD_TAG
from orchestration.definitions import build_definitions
from orchestration.settings import PROJECT_DIR
from orchestration.warehouse.tables import RAW_TABLES
from tests.graph.conftest import Installation

STAGES = {"ingest", "segment", "extract", "transform", "publish"}


@pytest.fixture(scope="module")
def definitions(install: Callable[[Path | None], Installation]) -> dg.Definitions:
    return build_definitions(install(None).settings)


def test_definitions_are_loadable(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_every_raw_table_is_an_asset_and_every_asset_has_a_stage(definitions: dg.Definitions) -> None:
    specs = {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}
    assert {f"raw/{table}" for table in RAW_TABLES} <= set(specs)
    assert {"marts/fct_quantity", "marts/dim_report", "published/warehouse"} <= set(specs)
    assert {spec.group_name for spec in specs.values()} == STAGES
    assert [key for key, spec in specs.items() if not (spec.description and spec.owners and spec.kinds)] == []


def test_publishing_waits_for_every_mart(definitions: dg.Definitions) -> None:
    graph = definitions.resolve_asset_graph()
    marts = {key for key in graph.materializable_asset_keys if key.path[0] == "marts"}
    assert graph.get(dg.AssetKey(["published", "warehouse"])).parent_keys == marts


def test_dbt_tests_are_asset_checks(definitions: dg.Definitions) -> None:
    checks = [
        key for key in definitions.resolve_asset_graph().asset_check_keys if key.asset_key.path[0] == "marts"
    ]
    assert any(key.name.startswith("unique") for key in checks)


def test_the_sensor_and_the_schedule_are_on(definitions: dg.Definitions) -> None:
    assert definitions.resolve_sensor_def("reports_sensor").default_status == dg.DefaultSensorStatus.RUNNING
    schedule = definitions.resolve_schedule_def("daily_refresh")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert schedule.execution_timezone == "Asia/Shanghai"
    (run,) = schedule.evaluate_tick(dg.build_schedule_context()).run_requests or []
    assert WHOLE_BUILD_TAG in run.tags


def test_a_missing_manifest_says_what_to_do(
    install: Callable[[Path | None], Installation], tmp_path: Path
) -> None:
    import dataclasses

    with pytest.raises(FileNotFoundError, match="make parse"):
        build_definitions(dataclasses.replace(install(None).settings, data=tmp_path))


def test_our_dbt_resource_overrides_existing_methods() -> None:
    assert {"_cli_version", "_initialize_dbt_core_adapter"} <= set(vars(DbtCliResource))
    project = str(PROJECT_DIR / "dbt_project")
    dbt = Dbt(project_dir=project, profiles_dir=project, dbt_executable="python3")
    assert str(dbt._cli_version) == installed_version("dbt-core")


@pytest.mark.parametrize(
    "path", sorted((PROJECT_DIR / "orchestration" / "pipeline").rglob("*.py")), ids=lambda path: path.name
)
def test_the_pipeline_is_pure(path: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or "").split(".")[0])
    assert not imported & {"dagster", "duckdb", "dbt", "pandas"}
    assert "environ" not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("package", ["orchestration", "orchestration.pipeline.readers"])
def test_no_two_packages_import_each_other_directly_or_indirectly(package: str) -> None:
    """A module of the root counts as a package."""
    root = PROJECT_DIR.joinpath(*package.split("."))
    imports: dict[str, set[str]] = {}
    for path in root.rglob("*.py"):
        name = path.relative_to(root).with_suffix("").parts[0]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = [f"{node.module}.", *(f"{node.module}.{alias.name}." for alias in node.names)]
                inside = [one.removeprefix(f"{package}.") for one in names if one.startswith(f"{package}.")]
                imports.setdefault(name, set()).update({one.split(".")[0] for one in inside} - {name})
    while leaves := {name for name in imports if not imports[name] & imports.keys()}:
        imports = {name: uses for name, uses in imports.items() if name not in leaves}
    assert imports == {}
