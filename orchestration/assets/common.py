"""Code shared by the assets of several stages: specs and the refresh of a stage.

Code of a single stage does not belong here.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from itertools import islice, pairwise
from typing import TypeVar

import dagster as dg
import duckdb
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from orchestration.assets.preview import table_metadata
from orchestration.automation.jobs import WHOLE_BUILD_TAG
from orchestration.engine.base import CHUNK, Chunk, Task
from orchestration.engine.choice import open_engine
from orchestration.engine.tasks import join_tables
from orchestration.pipeline.versions import INGEST, Stage
from orchestration.settings import Settings
from orchestration.warehouse.connection import one_thread
from orchestration.warehouse.rows import write_reports
from orchestration.warehouse.schema import describe_raw_tables
from orchestration.warehouse.stale import Selection, StaleReports

Item = TypeVar("Item")
OWNERS = ["team:data-engineering"]
# One commit for 8,192 reports: each commit leaves half-full row groups, which the next one rewrites.
CHUNKS_PER_WRITE = 128
_CHUNKS_PER_READ = 32  # 2,048 reports: the number of texts that DuckDB compresses at a time
STAGE_RUNS = dg.AssetSpec(
    ["raw", "stage_runs"],
    group_name=INGEST.name,
    owners=OWNERS,
    kinds={"duckdb"},
)


class Rebuild(dg.ConfigurableResource):  # type: ignore[type-arg]  # not generic at run time
    """What a run processes even if unchanged; by default only stale reports."""

    year: int | None = Field(None, description="Reports about this year.")
    report_id: str | None = Field(None, description="This report.")
    everything: bool = Field(False, description="All reports.")
    rescan: bool = Field(False, description="Read all files again; process their contents only if changed.")

    def selects_any(self) -> bool:
        """Return whether any report must be processed again."""
        return self.year is not None or self.report_id is not None or self.everything

    def selection(self) -> Selection:
        """Return the reports to process even if unchanged."""
        return Selection(self.year, self.report_id, self.everything)


def asks_for_everything(run: dg.DagsterRun, rebuild: Rebuild) -> bool:
    """Return whether the run must do more than process new reports: the daily schedule or a rebuild."""
    return WHOLE_BUILD_TAG in run.tags or rebuild.selects_any()


def began_at(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> datetime:
    """Return when the run was requested, UTC, so that all its steps decide alike however long it takes."""
    record = context.instance.get_run_record_by_id(context.run.run_id)
    assert record is not None
    began: datetime = record.create_timestamp
    return began


def stage_specs(stage: Stage, tables: Mapping[str, list[str]]) -> list[dg.AssetSpec]:
    """Return specs of a stage's raw tables: name → input raw tables. `describe_raw_assets` adds descriptions."""
    return [
        dg.AssetSpec(
            ["raw", table],
            deps=[["raw", dep] for dep in deps],
            group_name=stage.name,
            owners=OWNERS,
            kinds={"python", "duckdb"},
        )
        for table, deps in tables.items()
    ]


def describe_raw_assets(
    assets: Iterable[dg.AssetsDefinition | dg.AssetSpec],
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """Return the assets of raw tables with the descriptions that dbt's sources have."""
    described = describe_raw_tables()
    return list(
        dg.map_asset_specs(
            lambda spec: spec.replace_attributes(description=described[spec.key.path[-1]][""]), assets
        )
    )


def refresh_reports(
    context: dg.AssetExecutionContext,
    connection: duckdb.DuckDBPyConnection,
    stage: Stage,
    *,
    tables: Sequence[str],
    stale: StaleReports,
    read_block: Callable[[list[str]], dict[str, pa.Table]],
    task: Task[dict[str, pa.Table], dict[str, pa.Table]],
    settings: Settings,
) -> Iterator[dg.MaterializeResult[None]]:
    """Process the stale reports of a stage, write them in batches, report each table.

    A batch is one transaction of rows and input hashes, so a killed run keeps
    whole batches and the next one continues.

    Args:
        tables: raw tables that the stage writes.
        read_block: report ids → tables sorted by report_id, which are split into chunks for `task`.
        task: returns a table for each of `tables`, and `failures`.
    """
    read = CHUNK * _CHUNKS_PER_READ
    order = stale.order(read)

    def chunks() -> Iterator[Chunk[dict[str, pa.Table]]]:
        # One query for many chunks, because each query scans the whole column of ids.
        for first in range(0, len(order), read):
            ids = order[first : first + read]
            parts = {name: split_by_report(table, ids, CHUNK) for name, table in read_block(ids).items()}
            for number, start in enumerate(range(0, len(ids), CHUNK)):
                count = min(CHUNK, len(ids) - start)
                yield Chunk(count, {name: tables[number] for name, tables in parts.items()})

    done = iter(order)
    # A separate connection: blocks are read while the other one writes.
    with open_engine(settings, context.log.info) as engine, connection.cursor() as writing:

        def write(rows: dict[str, pa.Table]) -> None:
            ids = islice(done, CHUNK * CHUNKS_PER_WRITE)
            input_hashes = {report_id: stale.input_hashes[report_id] for report_id in ids}
            failures = rows.pop("failures")
            write_reports(writing, stage.name, rows, failures, input_hashes)

        write_batches(connection, engine.map(task, chunks(), total=len(stale.input_hashes)), write)
    version = stage.version(settings.reference)
    for table in tables:
        yield dg.MaterializeResult(
            asset_key=["raw", table],
            metadata={
                "reports_refreshed": len(stale.input_hashes),
                "stage_version": version,
                **table_metadata(connection, f"raw.{table}"),
            },
        )


def write_batches(
    connection: duckdb.DuckDBPyConnection,
    results: Iterator[dict[str, pa.Table]],
    write: Callable[[dict[str, pa.Table]], None],
) -> None:
    """Join the results of chunks into batches and write each in a thread, while workers continue.

    A commit waits for the disk (ADR 23). An exception of a write is raised before the next write.
    """
    with one_thread(connection), ThreadPoolExecutor(max_workers=1) as writer:
        last: Future[None] | None = None
        for batch in grouped(results, CHUNKS_PER_WRITE):
            rows = join_tables(batch)
            if last is not None:
                last.result()
            last = writer.submit(write, rows)
        if last is not None:
            last.result()


def split_by_report(table: pa.Table, report_ids: list[str], size: int) -> list[pa.Table]:
    """Split a table sorted by report_id into parts with the rows of `size` reports.

    Args:
        table: rows of only these reports.
        report_ids: sorted; some may have no rows.
    """
    column = table["report_id"]
    edges = [0]
    for last in [*report_ids[size - 1 : -1 : size], report_ids[-1]]:
        rows = pc.sum(pc.less_equal(column.slice(edges[-1]), last)).as_py()
        edges.append(edges[-1] + (rows or 0))
    # `take` copies; a slice would be sent to a worker with the memory of the whole table.
    return [table.take(pa.array(range(start, end), pa.int64())) for start, end in pairwise(edges)]


def grouped(items: Iterator[Item], size: int) -> Iterator[list[Item]]:
    """Yield lists of `size` items; the last one may be shorter."""
    while batch := list(islice(items, size)):
        yield batch
