"""A hash of files changes with their names and contents, and with nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.pipeline.hashes import hash_files


@pytest.mark.parametrize(
    ("change", "differs"),
    [
        pytest.param(lambda folder: (folder / "in" / "b.csv").write_text("2"), True, id="a file is changed"),
        pytest.param(
            lambda folder: (folder / "a.csv").rename(folder / "c.csv"), True, id="a file is renamed"
        ),
        pytest.param(lambda folder: (folder / "c.csv").touch(), True, id="an empty file is added"),
        pytest.param(lambda folder: (folder / "c.txt").touch(), False, id="a file of another kind is added"),
        pytest.param(lambda folder: (folder / "a.csv").touch(), False, id="a file is touched"),
        pytest.param(lambda folder: (folder / "target" / "d.csv").write_text("2"), False, id="dbt writes"),
    ],
)
def test_a_hash_tells_changed_files(tmp_path: Path, change: Callable[[Path], object], differs: bool) -> None:
    for name, text in {"a.csv": "1", "in/b.csv": "1", "target/d.csv": "1"}.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    before = hash_files(tmp_path, "**/*.csv", without="target")
    change(tmp_path)
    assert (hash_files(tmp_path, "**/*.csv", without="target") != before) is differs
