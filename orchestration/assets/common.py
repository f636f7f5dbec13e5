"""What the assets of several stages share: specs, the refresh of a stage, checks by SQL.

Nothing that belongs to one stage only.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import Any, TypeVar

import dagster as dg
import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pandas.api.types import is_list_like

from orchestration.batches import CHUNK, Chunk, Work, run_chunks
from orchestration.settings import Settings
from orchestration.stages import INGEST, Stage
from orchestration.warehouse import Due, Warehouse, count_rows, one_thread, query, write_reports
from orchestration.workers import join_tables

Item = TypeVar("Item")

OWNERS = ["team:data-engineering"]
# A commit, of 8,192 reports: each leaves row groups half full, which the next one writes again.
CHUNKS_PER_WRITE = 128
_CHUNKS_PER_READ = 32  # 2,048 reports: as many as DuckDB compresses texts of at a time
_PREVIEW_ROWS = 5
_PREVIEW_CHARS = 60


STAGE_RUNS = dg.AssetSpec(
    ["raw", "stage_runs"],
    description="One row per stage and subject: what its rows were last made with; every stage writes here.",
    group_name=INGEST.name,
    owners=OWNERS,
    kinds={"duckdb"},
)


class Rebuild(dg.ConfigurableResource):  # type: ignore[type-arg]  # not generic at run time
    """What a run does again although nothing changed; empty: only what is due.

    Attributes:
        year: reports about this year.
        report_id: this report.
        everything: all reports.
    """

    year: int | None = None
    report_id: str | None = None
    everything: bool = False

    def selection(self) -> dict[str, Any]:
        """As arguments of the `due_for_…` functions of the warehouse."""
        return {"year": self.year, "report_id": self.report_id, "everything": self.everything}


def stage_specs(stage: Stage, tables: Mapping[str, tuple[str, list[str]]]) -> list[dg.AssetSpec]:
    """Specs of a stage's raw tables: name → (description that gives the grain, raw tables it is made from)."""
    return [
        dg.AssetSpec(
            ["raw", table],
            deps=[["raw", dep] for dep in deps],
            description=description,
            group_name=stage.name,
            owners=OWNERS,
            kinds={"python", "duckdb"},
        )
        for table, (description, deps) in tables.items()
    ]


def refresh_reports(
    context: dg.AssetExecutionContext,
    connection: duckdb.DuckDBPyConnection,
    stage: Stage,
    tables: Sequence[str],
    due: Due,
    read_block: Callable[[list[str]], dict[str, pa.Table]],
    work: Work[dict[str, pa.Table], dict[str, pa.Table]],
    arguments: tuple[Any, ...],
    settings: Settings,
) -> Iterator[dg.MaterializeResult[None]]:
    """Work through the reports due in a stage, write them in batches, report each table.

    A batch is one transaction, rows and fingerprints together, so that a killed run keeps
    whole batches and the next one takes up the rest.

    Args:
        tables: raw tables the stage writes.
        read_block: report ids → tables sorted by report_id, which `work` takes in parts.
        work: returns a table for each of `tables`, and `failures`.
        arguments: what `work` is prepared with.
    """
    read = CHUNK * _CHUNKS_PER_READ
    order = due.order(read)

    def chunks() -> Iterator[Chunk[dict[str, pa.Table]]]:
        # One query for many chunks: each looks through the whole column of ids to find its reports.
        for first in range(0, len(order), read):
            ids = order[first : first + read]
            parts = {name: split_by_report(table, ids, CHUNK) for name, table in read_block(ids).items()}
            for number, start in enumerate(range(0, len(ids), CHUNK)):
                count = min(CHUNK, len(ids) - start)
                yield Chunk(count, {name: tables[number] for name, tables in parts.items()})

    results = run_chunks(
        work,
        arguments,
        chunks(),
        total=len(due.fingerprints),
        workers=settings.workers,
        log=context.log.info,
        label=stage.name,
    )
    done = iter(order)
    with one_thread(connection):
        for batch in grouped(results, CHUNKS_PER_WRITE):
            ids = islice(done, CHUNK * CHUNKS_PER_WRITE)
            fingerprints = {report_id: due.fingerprints[report_id] for report_id in ids}
            written = join_tables(batch)
            failures = written.pop("failures")
            write_reports(connection, stage.name, written, failures, fingerprints)
    version = stage.version(settings.reference)
    for table in tables:
        yield dg.MaterializeResult(
            asset_key=["raw", table],
            metadata={
                "reports_refreshed": len(due.fingerprints),
                "stage_version": version,
                **table_metadata(connection, f"raw.{table}"),
            },
        )


def split_by_report(table: pa.Table, report_ids: list[str], size: int) -> list[pa.Table]:
    """Parts of a table sorted by report_id, each with the rows of `size` reports.

    Args:
        table: rows of these reports only.
        report_ids: sorted; some may have no rows.
    """
    column = table["report_id"]
    edges = [0]
    for last in [*report_ids[size - 1 : -1 : size], report_ids[-1]]:
        rows = pc.sum(pc.less_equal(column.slice(edges[-1]), last)).as_py()
        edges.append(edges[-1] + (rows or 0))
    # `take` copies: a slice would be sent to a worker with all of the table's memory.
    return [table.take(pa.array(range(start, end), pa.int64())) for start, end in pairwise(edges)]


def grouped(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    """Lists of `size` items, the last one shorter."""
    while batch := list(islice(items, size)):
        yield batch


def table_metadata(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """Row count and a small preview of `schema.table`, for the Dagster UI."""
    sample = query(connection, f"select * from {table} limit {_PREVIEW_ROWS}")
    return {
        "dagster/row_count": count_rows(connection, table),
        "preview": dg.MetadataValue.md(to_markdown(sample)),
    }


def to_markdown(rows: pd.DataFrame) -> str:
    """A Markdown table with long cells cut and cell-breaking characters replaced."""

    def cell(value: Any) -> str:
        if is_list_like(value):
            value = ", ".join(map(str, value))
        if value is None or value is pd.NaT or value is pd.NA or value != value:
            return ""
        text = (
            str(value)
            .replace("\n", " ")
            .replace("|", "¦")
            .replace("<", "‹")
            .replace("`", "ˋ")
            .replace("[", "\\[")
        )
        return text if len(text) <= _PREVIEW_CHARS else text[: _PREVIEW_CHARS - 1] + "…"

    lines = ["| " + " | ".join(rows.columns) + " |", "|" + " --- |" * len(rows.columns)]
    lines += ["| " + " | ".join(cell(value) for value in row) + " |" for row in rows.itertuples(index=False)]
    return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class RowsCheck:
    """A check that fails when a query finds offending rows, and shows the first of them.

    Attributes:
        asset: asset key with /; also the table, as `raw.files` for `raw/files`.
        offending_rows_sql: may use `$indicators`, the path of the indicator catalogue, and
            `$before`, see `against`.
        blocking: a failure stops what comes after the asset, and so the publishing;
            else it warns.
        against: a mart whose rows of the last publishing the query compares with, as the
            Parquet file `$before`; the check passes where nothing was published yet.
    """

    asset: str
    name: str
    description: str
    offending_rows_sql: str
    blocking: bool = True
    against: str | None = None

    @property
    def key(self) -> dg.AssetCheckKey:
        """Dagster's name for it."""
        return dg.AssetCheckKey(dg.AssetKey(self.asset.split("/")), self.name)

    def evaluate(self, connection: duckdb.DuckDBPyConnection, settings: Settings) -> dg.AssetCheckResult:
        """Run the query."""
        before = settings.published / "parquet" / f"{self.against}.parquet"
        if self.against and not before.exists():
            return self._result(True, "nothing was published before")
        parameters = {"indicators": str(settings.reference / "indicators.csv"), "before": str(before)}
        offending = query(
            connection,
            self.offending_rows_sql,
            {name: value for name, value in parameters.items() if f"${name}" in self.offending_rows_sql},
        )
        message = None
        if len(offending):
            first = ", ".join(f"{name} {value}" for name, value in offending.iloc[0].items())
            message = f"{self.asset}: {len(offending)} rows offend: {self.description} First: {first}"
        sample = dg.MetadataValue.md(to_markdown(offending.head(10)))
        return self._result(offending.empty, message, offending_rows=len(offending), sample=sample)

    def _result(self, passed: bool, message: str | None, **metadata: Any) -> dg.AssetCheckResult:
        return dg.AssetCheckResult(
            passed=passed,
            asset_key=self.key.asset_key,
            check_name=self.name,
            severity=dg.AssetCheckSeverity.ERROR if self.blocking else dg.AssetCheckSeverity.WARN,
            description=message,
            metadata=metadata,
        )


def rows_checks(stage: str, checks: Sequence[RowsCheck]) -> dg.AssetChecksDefinition:
    """The checks of a stage as one step: several queries at a time, for few of them use more than one core."""

    @dg.multi_asset_check(
        name=f"{stage}_checks",
        specs=[
            dg.AssetCheckSpec(
                check.name, asset=check.key.asset_key, description=check.description, blocking=check.blocking
            )
            for check in checks
        ],
        can_subset=True,
    )
    def run_checks(
        context: dg.AssetCheckExecutionContext, warehouse: Warehouse, settings: dg.ResourceParam[Settings]
    ) -> Iterator[dg.AssetCheckResult]:
        selected = context.op_execution_context.selected_asset_check_keys
        with warehouse.connect() as connection, ThreadPoolExecutor(settings.workers) as pool:

            def evaluate(check: RowsCheck) -> dg.AssetCheckResult:
                with connection.cursor() as cursor:
                    return check.evaluate(cursor, settings)

            results = [pool.submit(evaluate, check) for check in checks if check.key in selected]
            yield from (result.result() for result in results if not result.exception())
        # A query that cannot run hides no result of the others.
        for error in filter(None, (result.exception() for result in results)):
            raise error

    return run_checks


def failure_checks(asset: str, stage: str, failed_sql: str, all_sql: str) -> list[RowsCheck]:
    """Errors of our code on single files or reports: the first one warns, many stop the publishing.

    Args:
        stage: its name, for the names of the checks.
        failed_sql: what failed, with the error.
        all_sql: everything that the stage worked on.
    """
    return [
        RowsCheck(
            asset,
            f"nothing_failed_in_{stage}",
            "No file or report met an error in the code; those that did are left out and tried again.",
            failed_sql,
            blocking=False,
        ),
        RowsCheck(
            asset,
            f"little_failed_in_{stage}",
            "At most two files or reports, or one in a hundred, met an error in the code.",
            f"with failed as ({failed_sql}) select * from failed "
            f"where (select count(*) from failed) > greatest(2, 0.01 * (select count(*) from ({all_sql})))",
        ),
    ]
