"""A run over reports in a bucket gives the same rows as a folder, and reads nothing twice."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from orchestration.settings import PROJECT_DIR
from tests.graph.conftest import Installation

pytest.importorskip("s3fs", reason="s3fs is not installed: `make s3` installs it; these tests are SKIPPED")
pytest.importorskip("moto", reason="no S3 server: `make extra-tests` installs it; these tests are SKIPPED")

import s3fs
from moto.server import ThreadedMotoServer

SAMPLES = PROJECT_DIR / "seeds" / "reports"
# In its own process, because worker processes inherit the variables their parent started with.
RUN = """
import sys
from orchestration.settings import load_settings
from tests.graph.conftest import Installation
result = Installation(load_settings()).run(only_raw=True)
sys.exit(0 if result.success else str([event.message for event in result.all_events if event.is_failure]))
"""


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "key"),
        ("AWS_SECRET_ACCESS_KEY", "secret"),
        ("AWS_ENDPOINT_URL", f"http://{host}:{port}"),
        ("AWS_DEFAULT_REGION", "us-east-1"),
    ):
        monkeypatch.setenv(name, value)
    s3fs.S3FileSystem.clear_instance_cache()
    system = s3fs.S3FileSystem(use_listings_cache=False)
    system.mkdir("law")
    yield system
    system.rm("law", recursive=True)  # the bucket's contents outlive the server
    server.stop()


def run(installation: Installation, reports: str) -> None:
    result = subprocess.run(
        [sys.executable, "-c", RUN],
        cwd=PROJECT_DIR,
        env={**os.environ, **installation.settings.environment(), "FAZHI_REPORTS": reports},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 0, result.stderr


FILES = "select source_path, content_sha256, byte_size, media_type, status, is_present from raw.files order by all"


def test_bucket_is_read_like_a_folder_and_once(
    store: Any, install: Callable[[Path | None], Installation]
) -> None:
    for path in SAMPLES.rglob("*"):
        if path.is_file():
            store.pipe(f"law/reports/{path.relative_to(SAMPLES).as_posix()}", path.read_bytes())
    in_folder = install(SAMPLES)
    assert in_folder.run(only_raw=True).success
    installation = install(None)
    run(installation, "s3://law/reports/")
    assert installation.query(FILES) == in_folder.query(FILES)
    for table in ("documents", "sections", "quantities"):
        rows = f"select * from raw.{table} order by all"
        assert installation.query(rows) == in_folder.query(rows), table

    read_at = "select source_path, last_seen_at from raw.files order by all"
    before = dict(installation.query(read_at))
    first, second, *_ = sorted(before)
    store.pipe(f"law/reports/{first}", store.cat(f"law/reports/{first}") + b"\n")
    store.rm(f"law/reports/{second}")
    run(installation, "s3://law/reports")
    after = installation.query("select source_path, last_seen_at, is_present from raw.files order by all")
    assert {path for path, seen, _ in after if seen != before.get(path)} == {first}
    assert [path for path, _, present in after if not present and path == second] == [second]


def test_bucket_that_is_not_there_is_an_error_that_names_it(
    store: Any, install: Callable[[Path | None], Installation]
) -> None:
    settings = replace(install(None).settings, reports="s3://gone/reports")
    result = subprocess.run(
        [sys.executable, "-m", "orchestration", "refresh"],
        cwd=PROJECT_DIR,
        env={**os.environ, **settings.environment()},
        capture_output=True,
        text=True,
    )
    assert result.returncode == 1
    assert "error: the reports folder does not exist: s3://gone/reports" in result.stderr
