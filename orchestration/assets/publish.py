"""Stage publish: the checked warehouse → a read-only copy for everyone, and its marts as files.

It runs only if every blocking check has passed. Until the new copy is in place, readers
see the previous one.
"""

from pathlib import Path

import dagster as dg

from orchestration.assets.common import OWNERS
from orchestration.automation.jobs import FRESHNESS
from orchestration.pipeline.identify.gazetteer import find_home_county
from orchestration.publishing.publish import publish_marts
from orchestration.refreshes import write_refresh
from orchestration.settings import Settings
from orchestration.warehouse.marts import published_inputs, summarise
from orchestration.warehouse.resource import Warehouse

GROUP = "publish"


def build_publish_asset(marts: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """Return the asset that publishes `marts`, all tables and views of the schema of that name."""

    @dg.asset(
        key=["published", "warehouse"],
        deps=marts,
        group_name=GROUP,
        owners=OWNERS,
        kinds={"duckdb", "parquet", "csv", "excel"},
        freshness_policy=FRESHNESS,
        description=(
            "The published files (发布): `published/fazhi.duckdb`, a read-only copy of the warehouse, replaced "
            "atomically; each mart as Parquet and, unless it is too large for a spreadsheet, as CSV; `fazhi.xlsx`, "
            "a workbook of the marts that officers ask for, latest years first; "
            "`counties/`, one workbook per county with reports (区县工作簿), "
            "unless there are more than `FAZHI_COUNTY_WORKBOOKS` of them; and "
            "`datapackage.json`, which describes the files. `make explore` shows the copy as pages on "
            "[127.0.0.1:8000](http://127.0.0.1:8000) (浏览页面)."
        ),
    )
    def publish(warehouse: Warehouse, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult[None]:
        """Publish, then record what was published from which inputs."""
        with warehouse.connect() as connection:
            inputs = published_inputs(connection)
            home_county = find_home_county(settings.county, settings.reference)
            rows = publish_marts(
                connection, settings.published, home_county, settings.county_workbooks, settings.workers
            )
            summary = summarise(connection)
        write_refresh(settings, inputs, summary)
        table = "\n".join(f"| {name} | {count:,} |" for name, count in sorted(rows.items()))
        files = "\n".join(_describe(path) for path in sorted(settings.published.iterdir()))
        return dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(settings.published),
                "tables": len(rows),
                "dagster/row_count": sum(rows.values()),
                "rows": dg.MetadataValue.md(f"| mart | rows |\n| --- | ---: |\n{table}"),
                "files": dg.MetadataValue.md(f"| file | files | kB |\n| --- | ---: | ---: |\n{files}"),
            }
        )

    return publish


def _describe(path: Path) -> str:
    """Return a row per file, but one per folder, because there may be thousands of workbooks."""
    files = [file for file in path.rglob("*") if file.is_file()] if path.is_dir() else [path]
    size = sum(file.stat().st_size for file in files)
    return f"| {path.name}{'/' * path.is_dir()} | {len(files):,} | {size / 1000:,.0f} |"
