"""The installed versions of a worker: code, reference data, libraries, programs. Equal versions give equal rows.

An engine on other machines compares them with the caller's before it sends work.
"""

from __future__ import annotations

import platform
import shutil
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from orchestration.pipeline.hashes import hash_files
from orchestration.pipeline.ocr.recognise import find_ocr_version
from orchestration.pipeline.versions import EXTRACT, INGEST, SEGMENT

_PROJECT = Path(__file__).resolve().parents[1]
# the project's reference data; that of a task may also have users' rows
REFERENCE = _PROJECT.parent / "seeds" / "reference"
# Code that runs on a worker; pages, marts and exports may differ.
_CODE = ("pipeline/**/*.py", "engine/*.py", "warehouse/tables.py")
_PACKAGES = (
    *("cloudpickle", "distributed", "numpy", "pandas", "pebble", "pyarrow", "python-calamine"),
    *sorted({*INGEST.packages, *SEGMENT.packages, *EXTRACT.packages}),
)
_PROGRAMS = ("soffice", "libreoffice", "antiword", "catdoc")
NAMES = {
    "python": "Python",
    "code": "the code",
    "reference": "the reference data",
    "packages": "packages",
    "programs": "programs that convert Word documents",
    "ocr": "OCR",
}


def describe_installed() -> dict[str, str]:
    """Return what is installed here, by the keys of `NAMES`; equal values give equal rows."""
    return {
        "python": ".".join(platform.python_version_tuple()[:2]),
        "code": hash_files(_PROJECT, *_CODE)[:12],
        "reference": hash_files(REFERENCE, "**/*")[:12],
        "packages": ", ".join(f"{name} {_find_version(name)}" for name in _PACKAGES),
        "programs": ", ".join(name for name in _PROGRAMS if shutil.which(name)) or "none",
        "ocr": find_ocr_version() or "none",
    }


def name_differences(ours: dict[str, str], theirs: dict[str, str]) -> str:
    """Return a description of the differences with both versions; empty if there are none."""
    found = []
    for key, name in NAMES.items():
        here, there = ours.get(key, "unknown"), theirs.get(key, "unknown")
        if key == "packages":
            here, there = _only_different(here, there)
        if here != there:
            found.append(f"{name} ({there} there, {here} here)")
    return "; ".join(found)


def _only_different(ours: str, theirs: str) -> tuple[str, str]:
    here, there = ours.split(", "), theirs.split(", ")
    return ", ".join(p for p in here if p not in there), ", ".join(p for p in there if p not in here)


def _find_version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "missing"
