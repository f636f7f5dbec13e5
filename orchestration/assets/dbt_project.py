"""How Dagster sees the dbt project: its models as assets, its tests as checks, and dbt's command line."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from importlib.metadata import version as installed_version
from typing import Any

import dagster as dg
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, DbtCliResource
from packaging.version import Version

from orchestration.assets.checks.results import describe_dbt_test
from orchestration.assets.common import OWNERS

GROUP = "transform"
SCHEMA = "dagster/column_schema"


class FazhiDbtTranslator(DagsterDbtTranslator):
    """All dbt models and seeds in one group, with the owners and kinds of the project.

    Attributes:
        schemas: columns of each asset. They are not part of its spec, because the web UI would show them
            instead of those of the latest run, which include column lineage.
    """

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_source_tests_as_checks=False))
        self.schemas: dict[dg.AssetKey, dg.TableSchema] = {}

    def get_asset_spec(self, manifest: Mapping[str, Any], unique_id: str, project: Any) -> dg.AssetSpec:
        """Return dagster-dbt's spec with our group, owners and kinds."""
        spec = super().get_asset_spec(manifest, unique_id, project)
        metadata = dict(spec.metadata)
        self.schemas[spec.key] = metadata.pop(SCHEMA, dg.TableSchema([]))
        return spec.replace_attributes(
            group_name=GROUP, owners=OWNERS, kinds={"dbt", "duckdb"}, metadata=metadata
        )

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: Any
    ) -> dg.AssetCheckSpec | None:
        """Return dagster-dbt's spec of a test with its meaning in both languages."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        if spec is None:
            return None
        return dg.AssetCheckSpec(
            spec.name,
            asset=spec.asset_key,
            description=str(describe_dbt_test(manifest["nodes"][unique_id])),
            additional_deps=spec.additional_deps,
            blocking=spec.blocking,
            metadata=spec.metadata,
            automation_condition=spec.automation_condition,
        )


class Dbt(DbtCliResource):
    """dbt's command line, without two costs that dagster-dbt has in each run.

    `_cli_version` would start `dbt --version`, and `_initialize_dbt_core_adapter` would load dbt
    a second time in this process. Both are private, so a test checks what the overrides rely on.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(installed_version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:
        return None
