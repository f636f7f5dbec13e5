"""A later refresh writes only what changed; `test_small_refreshes` shows that it equals a full one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from orchestration.refreshes import fingerprint_inputs
from tests.graph.conftest import Installation
from tests.graph.reports import report


def test_an_incremental_refresh_writes_what_changed_and_nothing_else(
    install_refreshed: Callable[[], Installation],
) -> None:
    installation = install_refreshed()
    installation.write("changed.txt", report(2022, found=10, resolved=9))
    assert installation.run().success
    mark = "update marts.fct_quantity set measured = 'untouched' where value in (10, 20, 30)"
    installation.execute(mark)

    installation.write("changed.txt", report(2022, found=11, resolved=9))
    installation.write("correction.txt", report(2024, found=31, resolved=29))
    installation.write("new.txt", report(2025, found=40, resolved=39))
    assert installation.run().success
    marked = "select value from marts.fct_quantity where measured = 'untouched'"
    assert installation.query(marked) == [(20.0,)]
    found = "select value from marts.fct_quantity where indicator_id = 'disputes.found' order by 1"
    assert installation.query(found) == [(11.0,), (20.0,), (31.0,), (40.0,)]


def test_other_bytes_of_the_same_size_and_time_are_read(
    install: Callable[[Path | None], Installation],
) -> None:
    """rsync -t, cp -p and programs that reset the modification time leave such files."""
    installation = install(None)
    path = installation.write("report.txt", report(2024, found=40, resolved=38))
    kept = installation.write("kept.txt", report(2023))
    before = path.stat()
    installation.run(only_raw=True)
    inputs = fingerprint_inputs(installation.settings)
    seen = "select source_path, last_seen_at from raw.files where is_present order by 1"
    first = dict(installation.query(seen))

    path.write_text(report(2024, found=41, resolved=38), encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_size, after.st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert fingerprint_inputs(installation.settings) != inputs  # the sensor and `make run` notice it
    installation.run(only_raw=True)
    found = "select value from raw.quantities where report_id in (select report_id from raw.files where {}) order by 1"
    assert (41.0,) in installation.query(found.format("status = 'loaded'"))
    assert dict(installation.query(seen))["kept.txt"] == first["kept.txt"]
    history = "select status, reason from raw.files where source_path = 'report.txt' order by first_seen_at"
    assert [status for status, _ in installation.query(history)] == ["superseded", "loaded"]
    assert kept.exists()


def test_a_rescan_reads_every_file_but_processes_only_changes(
    install: Callable[[Path | None], Installation],
) -> None:
    installation = install(None)
    installation.write("report.txt", report(2024, found=40, resolved=38))
    installation.run(only_raw=True)
    installation.execute("update raw.quantities set measured = 'untouched'")
    # as if the file system had hidden a change: other bytes than those read, with no sign of it
    other = hashlib.sha256(report(2024, found=41, resolved=38).encode()).hexdigest()
    installation.execute(f"update raw.files set content_sha256 = '{other}'")
    last = "select max(last_seen_at) from raw.files"
    before = installation.query(last)
    installation.run(only_raw=True)
    assert installation.query(last) == before
    installation.run(only_raw=True, rescan=True)
    assert installation.query(last) > before
    assert installation.query("select distinct measured from raw.quantities") == [("untouched",)]


def test_a_clock_set_back_does_not_make_an_older_report_the_later_one(
    install: Callable[[Path | None], Installation],
) -> None:
    installation = install(None)
    installation.write("first.txt", report(2024, found=40))
    installation.run(only_raw=True)
    installation.execute("update raw.files set first_seen_at = first_seen_at + interval 30 days")
    installation.write("a corrected one.txt", report(2024, found=41))
    installation.run(only_raw=True)
    statuses = dict(installation.query("select source_path, status from raw.files"))
    assert statuses == {"first.txt": "superseded", "a corrected one.txt": "loaded"}
