"""SQL checks: a check fails if its query finds offending rows, and shows the first of them.

In a small refresh, a check `by_report` reads only reports written since it last passed. All
other checks, and once a day all checks, read every row; after such a check fails, the next run reads every row too.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import dagster as dg
import duckdb

from orchestration.assets.checks.results import Meaning, check_metadata, describe_offence
from orchestration.assets.common import Rebuild, asks_for_everything, began_at
from orchestration.assets.preview import to_markdown
from orchestration.refreshes import fingerprint_dbt_project
from orchestration.settings import Settings
from orchestration.warehouse.connection import list_literals, query
from orchestration.warehouse.marts import needs_whole_build, read_marts, require_whole_build
from orchestration.warehouse.resource import Warehouse
from orchestration.warehouse.unchecked import list_unchecked, mark_checked


@dataclass(frozen=True, slots=True)
class RowsCheck:
    """A check that fails if a query finds offending rows, and shows the first of them.

    Attributes:
        asset: asset key with /, which also names the table: `raw.files` for `raw/files`.
        offending_rows_sql: may use `$indicators`, the path of the indicator catalogue, and
            `$before`, see `against`.
        description: the meaning in English; `description_zh` in Chinese.
        blocking: a failure stops everything downstream of the asset, and so publishing;
            otherwise it warns.
        by_report: whether the result for a report is independent of other reports. The query
            then has a column `report_id`.
        against: a mart whose last published rows the query compares with, as the
            Parquet file `$before`; the check passes if nothing was published yet.
    """

    asset: str
    name: str
    description: str
    description_zh: str
    offending_rows_sql: str
    blocking: bool = True
    by_report: bool = False
    against: str | None = None

    @property
    def key(self) -> dg.AssetCheckKey:
        """Return Dagster's key of the check."""
        return dg.AssetCheckKey(dg.AssetKey(self.asset.split("/")), self.name)

    def evaluate(
        self, connection: duckdb.DuckDBPyConnection, settings: Settings, reports: Sequence[str] | None = None
    ) -> dg.AssetCheckResult:
        """Run the query.

        Args:
            reports: reports to check, if `by_report`; None for all.
        """
        before = settings.published / "parquet" / f"{self.against}.parquet"
        if self.against and not before.exists():
            return self._result(True, "nothing has been published yet 此前没有发布过", 0, None)
        parameters = {
            "indicators": str(settings.seeds / "extract" / "indicators.csv"),
            "before": str(before),
        }
        sql = self.offending_rows_sql
        if self.by_report and reports is not None:
            sql = f"select * from ({sql}\n) where report_id in ({list_literals(reports)})"
        offending = query(
            connection, sql, {name: value for name, value in parameters.items() if f"${name}" in sql}
        )
        rows = offending.head(1).to_dict("records")
        first = {str(name): value for name, value in rows[0].items()} if rows else None
        message = describe_offence(self.asset, self.meaning, len(offending), first) if first else None
        sample = dg.MetadataValue.md(to_markdown(offending.head(10)))
        return self._result(offending.empty, message, len(offending), first, sample=sample)

    @property
    def meaning(self) -> Meaning:
        """Return the meaning in both languages."""
        return Meaning(self.description, self.description_zh)

    def _result(
        self, passed: bool, message: str | None, offending: int, first: dict[str, Any] | None, **metadata: Any
    ) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(
            passed=passed,
            asset_key=self.key.asset_key,
            check_name=self.name,
            severity=dg.AssetCheckSeverity.ERROR if self.blocking else dg.AssetCheckSeverity.WARN,
            description=message,
            metadata={**check_metadata(self.meaning, offending, first), **metadata},
        )


def rows_checks(stage: str, checks: Sequence[RowsCheck]) -> dg.AssetChecksDefinition:
    """Return the checks of a stage as one step; queries run in parallel, because few use more than one core."""

    @dg.multi_asset_check(
        name=f"{stage}_checks",
        specs=[
            dg.AssetCheckSpec(
                check.name,
                asset=check.key.asset_key,
                description=str(check.meaning),
                blocking=check.blocking,
            )
            for check in checks
        ],
        can_subset=True,
    )
    def run_checks(
        context: dg.AssetCheckExecutionContext,
        warehouse: Warehouse,
        rebuild: Rebuild,
        settings: dg.ResourceParam[Settings],
    ) -> Iterator[dg.AssetCheckResult]:
        """Run the selected checks and record what they passed; then raise the error of a query that could not run."""
        selected = context.selected_asset_check_keys
        is_subset = len(selected) < len(checks)
        with warehouse.connect() as connection, ThreadPoolExecutor(settings.workers) as pool:
            is_whole = needs_whole_build(
                read_marts(connection),
                fingerprint_dbt_project(settings),
                is_asked_for=is_subset or asks_for_everything(context.run, rebuild),
                now=began_at(context),
            )
            reports = None if is_whole else list_unchecked(connection, stage)

            def evaluate(check: RowsCheck) -> dg.AssetCheckResult:
                with connection.cursor() as cursor:
                    return check.evaluate(cursor, settings, reports)

            results = {check: pool.submit(evaluate, check) for check in checks if check.key in selected}
            yield from (result.result() for result in results.values() if not result.exception())
            failed = [
                check for check, result in results.items() if result.exception() or _blocks(result.result())
            ]
            if is_whole and any(check.by_report for check in failed):
                require_whole_build(connection)
            elif not (failed or is_subset):
                mark_checked(connection, stage)
        # Raised only now, so that it does not hide results of other checks.
        for error in filter(None, (result.exception() for result in results.values())):
            raise error

    return run_checks


def _blocks(result: dg.AssetCheckResult) -> bool:
    return not result.passed and result.severity == dg.AssetCheckSeverity.ERROR


def failure_checks(asset: str, stage: str, failed_sql: str, all_sql: str) -> list[RowsCheck]:
    """Return checks for code errors on single files or reports: one warns, many stop publishing.

    Args:
        stage: name of the stage, for the names of the checks.
        failed_sql: selects failures with their errors.
        all_sql: selects everything that the stage processed.
    """
    return [
        RowsCheck(
            asset,
            f"nothing_failed_in_{stage}",
            "No file or report caused an error in the code; any that did are left out and retried.",
            "没有文件或报告在处理时出错；出错的暂不采用，下次再试。",
            failed_sql,
            blocking=False,
        ),
        RowsCheck(
            asset,
            f"few_failures_in_{stage}",
            "At most two files or reports, or one in a hundred, caused an error in the code.",
            "处理时出错的文件或报告最多两份或百分之一。",
            f"with failed as ({failed_sql}) select * from failed "
            f"where (select count(*) from failed) > greatest(2, 0.01 * (select count(*) from ({all_sql})))",
        ),
    ]
