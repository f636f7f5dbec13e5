"""A warehouse of any earlier format is upgraded to the current one, and what only it knows is kept."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from orchestration.deployment.preparation import DAGSTER_YAML, set_damaged_aside
from orchestration.deployment.run_storage import migrate_storage
from orchestration.settings import PROJECT_DIR
from orchestration.warehouse.connection import WarehouseError, open_warehouse, run_lock
from orchestration.warehouse.schema import FORMAT, changed_tables, create_raw_tables, find_format
from orchestration.warehouse.upgrade import KEPT_TABLES, upgrade_warehouse
from tests.fixtures.warehouses.make_warehouse import FIRST_SEEN, FORMATS, make_warehouse
from tests.graph.conftest import Installation
from tests.graph.reports import report

HERE, GONE = "here.txt", "gone.txt"
TEXTS = {HERE: report(2024), GONE: report(2023)}


@pytest.fixture(params=FORMATS)
def old(request: pytest.FixtureRequest, install: Callable[[Path | None], Installation]) -> Installation:
    """An installation whose warehouse and published copy have a past format."""
    installation = install(None)
    installation.write(HERE, TEXTS[HERE])
    installation.settings.warehouse.unlink()
    make_warehouse(request.param, installation.settings.warehouse, TEXTS, gone=GONE)
    (installation.settings.published / "fazhi.duckdb").write_bytes(b"what people read")
    return installation


def found_format(old: Installation) -> int:
    ((fingerprint,),) = old.query("select fingerprint from raw.stage_runs where stage = 'format'")
    return int(fingerprint)


def test_each_past_format_is_tried() -> None:
    assert list(range(FORMATS[0], FORMAT)) == FORMATS


def test_a_refresh_upgrades_by_itself_and_keeps_what_only_the_warehouse_knows(old: Installation) -> None:
    number = found_format(old)
    result = old.run(only_raw=True)
    assert result.success, [event.message for event in result.all_events if event.is_failure]
    assert found_format(old) == FORMAT
    seen = dict(
        old.query("select source_path, first_seen_at from raw.files where source_path != 'refused.pdf'")
    )
    assert old.query("select count(*) from raw.files where source_path = 'refused.pdf'") == [(1,)]
    assert seen[GONE] == FIRST_SEEN
    reports = dict(old.query("select source_path, raw_text from raw.reports"))
    assert reports[GONE] == TEXTS[GONE]
    # the file that still exists was read again; the missing one was segmented from its stored text
    assert old.query(
        "select distinct report_year from raw.documents where report_id != 'here' order by 1"
    ) == [
        (2020,),
        (2024,),
    ]
    assert old.query("select correction_ids from raw.documents where report_id = 'gone'") == [("c-1",)]
    assert old.query("select report_kind from raw.documents where report_id = 'gone'") == [("法治政府建设",)]
    headings = old.query("select count(heading) from raw.sections where report_id = 'gone'")
    assert headings[0][0] >= 3
    figures = old.query(
        "select value from raw.quantities where report_id = 'gone' and unit = '件' order by 1"
    )
    assert figures == [(38.0,), (40.0,)]
    assert old.query("select count(*) from raw.quantities where quantity_id like '%old'") == [(0,)]
    kept = old.settings.data / f"fazhi.duckdb.format-{number}"
    with duckdb.connect(str(kept), read_only=True) as connection:
        assert find_format(connection) == number
        assert connection.execute("select count(*) from raw.quantities").fetchone() == (2,)
    assert (old.settings.published / "fazhi.duckdb").read_bytes() == b"what people read"
    assert list(old.settings.data.glob("*.upgrade*")) == []


def test_a_file_read_again_after_an_upgrade_keeps_when_it_was_first_seen(old: Installation) -> None:
    """It does so under the file_id that the current code assigns."""
    old.run(only_raw=True)
    ((file_id,),) = old.query("select file_id from raw.files where source_path = 'here.txt' and is_present")
    with duckdb.connect(str(old.settings.warehouse)) as connection:
        connection.execute("update raw.files set first_seen_at = ? where file_id = ?", [FIRST_SEEN, file_id])
        connection.execute("update raw.stage_runs set fingerprint = '4' where stage = 'format'")
        connection.execute("alter table raw.files drop column encoding")
    result = old.run(only_raw=True)
    assert result.success
    assert old.query(f"select first_seen_at, encoding from raw.files where file_id = '{file_id}'") == [
        (FIRST_SEEN, "utf-8")
    ]


def test_an_upgrade_is_made_once_and_says_what_it_did(old: Installation) -> None:
    number = found_format(old)
    done = upgrade_warehouse(old.settings.warehouse)
    assert done is not None
    assert done.rows["files"] == 3 and done.rows["documents"] == 2
    assert str(done).startswith(
        f"the warehouse was upgraded from format {number} to {FORMAT}: 3 files and 2 texts kept"
    )
    assert done.kept.name in str(done)
    assert upgrade_warehouse(old.settings.warehouse) is None
    with open_warehouse(old.settings.warehouse) as connection:
        create_raw_tables(connection)
        assert changed_tables(connection) == set()


def test_a_rebuild_upgrades_too_instead_of_setting_the_file_aside(
    old: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    set_damaged_aside(old.settings)
    assert "was upgraded from format" in capsys.readouterr().err
    assert list(old.settings.data.glob("*.damaged-*")) == []
    assert dict(old.query("select source_path, first_seen_at from raw.files"))[GONE] == FIRST_SEEN


def test_a_rebuild_does_not_set_aside_a_file_in_use(old: Installation) -> None:
    with (
        run_lock(old.settings.warehouse, 1),
        pytest.raises(WarehouseError, match="another run has been using"),
    ):
        set_damaged_aside(replace(old.settings, lock_wait_seconds=0.1))
    assert old.settings.warehouse.exists()


def test_a_killed_upgrade_does_not_affect_the_next(old: Installation) -> None:
    number = found_format(old)
    path = old.settings.warehouse
    kept = path.with_name(f"{path.name}.format-{number}")
    kept.hardlink_to(path)  # killed between the two steps of the exchange
    path.with_name(f"{path.name}.upgrade").write_bytes(b"half a database")
    done = upgrade_warehouse(path)
    assert done is not None and done.kept == kept
    assert [file.name for file in path.parent.glob("fazhi.duckdb.*")] == [kept.name]


_WITHOUT_ROOM = """
import resource, signal, sys
from pathlib import Path
from orchestration.warehouse.upgrade import UpgradeError, upgrade_warehouse
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), int(sys.argv[2])))
try:
    upgrade_warehouse(Path(sys.argv[1]))
except UpgradeError as error:
    sys.exit(f"as it should: {error}")
"""


@pytest.mark.skipif(
    not hasattr(resource, "RLIMIT_FSIZE"), reason="the system does not limit the size of files"
)
def test_without_disk_space_the_old_file_is_kept(old: Installation) -> None:
    path = old.settings.warehouse
    with duckdb.connect(str(path)) as connection:  # so many rows that the new file exceeds the limit
        connection.execute(
            "insert into raw.reports by name select r.* replace (repeat(md5(i::varchar), 99) as raw_text) "
            "from raw.reports r, range(2000) n(i)"
        )
    before = path.stat().st_size
    command = [sys.executable, "-c", _WITHOUT_ROOM, str(path), str(600_000)]
    ended = subprocess.run(command, cwd=PROJECT_DIR, capture_output=True, text=True, check=False)
    assert ended.returncode == 1, ended
    assert "as it should: cannot upgrade" in ended.stderr and "The file is unchanged" in ended.stderr
    assert path.stat().st_size == before
    assert [file.name for file in path.parent.glob("fazhi.duckdb*")] == ["fazhi.duckdb"]
    assert upgrade_warehouse(path) is not None


def test_a_column_that_a_record_gains_or_loses_needs_no_code(
    install: Callable[[Path | None], Installation],
) -> None:
    installation = install(None)
    installation.write(HERE, TEXTS[HERE])
    installation.run(only_raw=True)
    figures = installation.query("from raw.quantities order by quantity_id")
    path = installation.settings.warehouse
    with duckdb.connect(str(path)) as connection:
        connection.execute("alter table raw.documents drop column issuer")  # nullable
        connection.execute("alter table raw.documents drop column resolution")
        connection.execute("alter table raw.documents add column removed varchar")
    with (
        open_warehouse(path) as connection,
        pytest.raises(WarehouseError, match=r"other columns.*make upgrade"),
    ):
        create_raw_tables(connection)
    done = upgrade_warehouse(path)
    assert done is not None and done.remade == ()
    assert str(done).startswith(f"the warehouse was upgraded from format {FORMAT} to its present columns: ")
    with open_warehouse(path) as connection:
        assert changed_tables(connection) == set()
    assert installation.query("from raw.quantities order by quantity_id") == figures
    assert installation.query("select resolution, issuer from raw.documents") == [("", None)]
    assert installation.query("select count(*) from raw.stage_runs where stage = 'ingest'") == [(0,)]
    assert installation.run(only_raw=True).success
    assert installation.query("select resolution from raw.documents") == [("stated",)]


def test_an_upgrade_keeps_what_no_run_can_recreate() -> None:
    assert set(KEPT_TABLES) == {"files", "reports", "documents", "ocr_lines"}


def test_dagsters_configuration_of_version_0_2_still_loads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`make ui` that runs during an upgrade has it, and starts its processes by the same names."""
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    text = DAGSTER_YAML.read_text(encoding="utf-8").replace("orchestration.deployment.", "orchestration.")
    (tmp_path / "dagster.yaml").write_text(text, encoding="utf-8")
    with dg.DagsterInstance.get() as instance:
        dg.materialize([dg.asset(name="one")(lambda: None)], instance=instance)
        assert len(instance.get_runs()) == 1
        assert type(instance.run_launcher).__module__ == "orchestration.run_launcher"
    assert find_spec("orchestration.run_server") is not None


def test_dagsters_records_of_an_earlier_version_are_migrated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    (tmp_path / "dagster.yaml").write_bytes(DAGSTER_YAML.read_bytes())
    with dg.DagsterInstance.get() as instance:
        dg.materialize([dg.asset(name="one")(lambda: None)], instance=instance)
        assert not migrate_storage(instance)
        instance.run_storage._alembic_downgrade("-1")  # type: ignore[attr-defined]
        assert migrate_storage(instance)
        assert not migrate_storage(instance)
        assert len(instance.get_runs()) == 1
        with instance.run_storage.connect() as connection:  # type: ignore[attr-defined]
            connection.exec_driver_sql("update alembic_version set version_num = 'fromthefuture'")
        with pytest.raises(RuntimeError, match="from a newer Dagster"):
            migrate_storage(instance)
