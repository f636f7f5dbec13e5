"""Check the licences of all locked packages: no GPL, AGPL, LGPL or unknown licence, unless a reason is given.

    python -m tests.supply.check_licences

`make lint` runs it. Exceptions are in `pyproject.toml` under `[tool.licences.exceptions]`, each with its reason; an
exception that is no longer needed is an error too. Packages not installed here (e.g. for Windows) are only named.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import PackageMetadata, PackageNotFoundError, metadata
from pathlib import Path

PROJECT_DIR = Path(__file__).resolve().parents[2]
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==", re.MULTILINE)
_COPYLEFT = re.compile(r"\b(A|L)?GPL|GNU .*(General|Affero|Lesser|Library)", re.IGNORECASE)
# File-level copyleft (MPL) does not affect a program that uses the unchanged package.
_FREE = re.compile(
    r"\b(MIT|BSD|0BSD|Apache|ISC|MPL|Mozilla Public|PSF|Python Software Foundation|Zlib|Unlicense|ZPL|HPND|CC0|"
    r"Public Domain|Artistic)\b",
    re.IGNORECASE,
)


def locked_names(lock: str) -> list[str]:
    """Return the package names of a lock file, normalised after PEP 503."""
    return [re.sub(r"[-_.]+", "-", name).lower() for name in _PINNED.findall(lock)]


def describe_licence(package: PackageMetadata) -> str:
    """Return a package's stated licence: the expression, or else the free text's first line and the classifiers."""
    if expression := package.get("License-Expression"):
        return str(expression)
    first = (package.get("License") or "").strip().splitlines()[:1]
    classifiers = [
        value.rpartition("::")[2].strip()
        for value in package.get_all("Classifier") or []
        if value.startswith("License ::")
    ]
    return "; ".join([*first, *classifiers])


def judge_licence(licence: str) -> str | None:
    """Return what is wrong with a licence, or None."""
    if _COPYLEFT.search(licence):
        return f"copyleft: {licence}"
    return None if _FREE.search(licence) else f"unknown: {licence or 'none is given'}"


def find_faults(licences: Mapping[str, str], exceptions: Mapping[str, str]) -> list[str]:
    """Return one line per faulty package without an exception, and per exception that is not needed."""
    faults = {name: fault for name, licence in licences.items() if (fault := judge_licence(licence))}
    lines = [f"{name}: {fault}" for name, fault in faults.items() if not exceptions.get(name, "").strip()]
    lines += [f"{name}: this exception is not needed" for name in exceptions if name not in faults]
    return sorted(lines)


def main() -> int:
    """Check the lock files; return the exit code."""
    licences, absent = {}, []
    locks = sorted(PROJECT_DIR.glob("requirements*.lock"))  # including those of extras
    for name in sorted({name for lock in locks for name in locked_names(lock.read_text(encoding="utf-8"))}):
        try:
            licences[name] = describe_licence(metadata(name))
        except PackageNotFoundError:
            absent.append(name)
    project = tomllib.loads((PROJECT_DIR / "pyproject.toml").read_text(encoding="utf-8"))
    faults = find_faults(licences, project["tool"]["licences"]["exceptions"])
    for line in faults:
        print(f"licences: {line}", file=sys.stderr)
    if absent:
        print(f"licences: not installed here, so not judged: {', '.join(absent)}")
    if not faults:
        print(
            f"licences: {len(licences)} packages, none is GPL or unknown without a reason in pyproject.toml"
        )
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
