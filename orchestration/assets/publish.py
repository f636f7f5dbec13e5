"""Stage publish: the checked warehouse → a read-only copy for everyone, and its marts as files.

It runs only when every blocking check before it has passed; until it has finished, readers
see the copy before.
"""

import dagster as dg

from orchestration.assets.common import OWNERS, RowsCheck, rows_checks
from orchestration.automation import FRESHNESS
from orchestration.refreshes import write_refresh
from orchestration.settings import Settings
from orchestration.warehouse import Warehouse, publish_marts, recall_inputs, summarise

GROUP = "publish"

# Current reports of the last publishing that are no longer current for their province and year,
# although no other file replaces them and no person decided so.
_VANISHED = """
    select b.report_year, b.province_name, b.report_id, b.source_path
    from read_parquet($before) b
    left join marts.dim_report d
        on b.report_id = d.report_id
        and (b.report_year, b.province_name) is not distinct from (d.report_year, d.province_name)
    where d.report_id is null
        and b.report_id not in (select report_id from raw.files where status in ('duplicate', 'superseded'))
        and b.report_id not in (select report_id from raw.documents where correction_ids is not null)
"""

CHECKS = [
    RowsCheck(
        "marts/dim_report",
        "no_report_vanishes_without_a_reason",
        "A report published before is still there under its year and province, or a file or a correction says why.",
        _VANISHED,
        blocking=False,
        against="dim_report",
    ),
    RowsCheck(
        "marts/dim_report",
        "no_year_of_a_province_shrinks_without_a_reason",
        "No province loses two reports and a tenth of a year without a reason. "
        "If it is right so, the job `publish` publishes it.",
        f"""
        with vanished as (select report_year, province_name, count(*) as vanished from ({_VANISHED}) group by all),
        published as (
            select report_year, province_name, count(*) as published from read_parquet($before) group by all
        )
        select v.*, p.published from vanished v join published p
            on (v.report_year, v.province_name) is not distinct from (p.report_year, p.province_name)
        where v.vanished >= 2 and v.vanished > 0.1 * p.published
        """,
        against="dim_report",
    ),
    RowsCheck(
        "marts/township_indicators",
        "no_indicator_loses_its_townships",
        "No indicator that five reports or more stated has lost half of them since the last publishing.",
        """
        with before as (select indicator_id, count(*) as published from read_parquet($before) group by all),
        now as (select indicator_id, count(*) as found from marts.township_indicators group by all)
        select b.*, coalesce(n.found, 0) as found from before b left join now n using (indicator_id)
        where b.published >= 5 and coalesce(n.found, 0) * 2 < b.published
        """,
        blocking=False,
        against="township_indicators",
    ),
]
checks = rows_checks(GROUP, CHECKS)


def build_publish_asset(marts: list[dg.AssetKey]) -> dg.AssetsDefinition:
    """The asset that publishes `marts`, all tables and views of the schema of that name."""

    @dg.asset(
        key=["published", "warehouse"],
        deps=marts,
        group_name=GROUP,
        owners=OWNERS,
        kinds={"duckdb", "parquet", "csv", "excel"},
        freshness_policy=FRESHNESS,
        description=(
            "One file per way of reading (发布): `published/fazhi.duckdb`, the warehouse as a read-only copy that is "
            "replaced atomically; each mart as Parquet and as CSV for spreadsheets (but for marts that none could "
            "open); `fazhi.xlsx`, a workbook of the marts that officers ask for, latest years first; and "
            "`datapackage.json`, which describes the files."
        ),
    )
    def publish(warehouse: Warehouse, settings: dg.ResourceParam[Settings]) -> dg.MaterializeResult[None]:
        """Publish, then remember what was published from which inputs."""
        with warehouse.connect() as connection:
            inputs = recall_inputs(connection)
            rows = publish_marts(connection, settings.published)
            summary = summarise(connection)
        write_refresh(settings, inputs, summary)
        table = "\n".join(f"| {name} | {count:,} |" for name, count in sorted(rows.items()))
        files = "\n".join(
            f"| {path.relative_to(settings.published)} | {path.stat().st_size / 1000:,.0f} |"
            for path in sorted(settings.published.rglob("*.*"))
            if path.is_file()
        )
        return dg.MaterializeResult(
            metadata={
                "path": dg.MetadataValue.path(settings.published),
                "tables": len(rows),
                "dagster/row_count": sum(rows.values()),
                "rows": dg.MetadataValue.md(f"| mart | rows |\n| --- | ---: |\n{table}"),
                "files": dg.MetadataValue.md(f"| file | kB |\n| --- | ---: |\n{files}"),
            }
        )

    return publish
