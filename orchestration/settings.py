"""Settings: the only reader of environment variables.

This module has paths and numbers that differ between installations. Defaults of the text rules
are in `seeds/reference/`. Nothing here opens a file.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

PROJECT_DIR = Path(__file__).resolve().parent.parent
PROCESSES, DASK = "processes", "dask"  # engines
COUNTY_WORKBOOKS = 400  # more counties than any province has, some 20 s of work
_LOCAL_SCHEMES = ("file", "local")
_SCHEDULER_SCHEMES = ("tcp", "tls", "ws", "wss")
DBT_EXECUTABLE = Path(sys.executable).with_name("dbt")  # of this environment, not the first on PATH


@dataclass(frozen=True, slots=True)
class Settings:
    """Folders of one installation. Two settings with different `data` share nothing.

    Attributes:
        reports: folder of raw reports, searched recursively, or an address such as `s3://bucket/folder`
            (`FAZHI_REPORTS`).
        data: folder for everything the project writes (`FAZHI_DATA`).
        workers: processes that read, segment and extract (`FAZHI_WORKERS`); at least 1.
        lock_wait_seconds: how long a run waits for another one (`FAZHI_LOCK_WAIT_SECONDS`).
        ocr_seconds: time that a run spends on scans (`FAZHI_OCR_SECONDS`); the rest waits for the next run.
        alert_webhook: URL that receives a JSON message when a run fails
            (`FAZHI_ALERT_WEBHOOK`); None sends nothing.
        public_hosts: names, with the port unless it is the default, under which a reverse
            proxy serves the web pages (`FAZHI_PUBLIC_HOSTS`, separated by commas).
        review: people may review on the browser page even if it is served to other machines
            (`FAZHI_REVIEW=1`).
        county: name or 6-digit code of the county whose reports these are (`FAZHI_COUNTY`): it decides
            between townships of the same name; None if reports come from anywhere.
        county_workbooks: each county with reports gets a workbook if there are at most this many
            (`FAZHI_COUNTY_WORKBOOKS`); otherwise only `county` does, and the browser page makes the others on request.
        engine: how work is distributed (`FAZHI_ENGINE`): `processes`, `dask` or `dask:<scheduler address>`.
        shares_files: the workers of a scheduler see the reports and `data` under the same paths
            (`FAZHI_SHARED_FILES=1`); otherwise files are sent to them.
    """

    reports: Path | str
    data: Path
    workers: int
    lock_wait_seconds: float
    alert_webhook: str | None
    ocr_seconds: float = 600.0
    public_hosts: tuple[str, ...] = ()
    review: bool = False
    county: str | None = None
    county_workbooks: int = COUNTY_WORKBOOKS
    engine: str = PROCESSES
    shares_files: bool = False

    @property
    def scheduler(self) -> str | None:
        """Address of the Dask scheduler in `engine`; None without one."""
        return self.engine.partition(":")[2] or None

    @property
    def warehouse(self) -> Path:
        """The DuckDB file that the pipeline writes."""
        return self.data / "fazhi.duckdb"

    @property
    def pages(self) -> Path:
        """OCR results of the pages of scans."""
        return self.data / "ocr"

    @property
    def published(self) -> Path:
        """The published folder, which everyone reads."""
        return self.data / "published"

    @property
    def dagster_home(self) -> Path:
        """Runs, cursors and logs of Dagster."""
        return self.data / "dagster"

    @property
    def dbt_target(self) -> Path:
        """What dbt writes besides tables."""
        return self.data / "dbt"

    @property
    def manifest(self) -> Path:
        """The parsed dbt project."""
        return self.dbt_target / "manifest.json"

    @property
    def project_reference(self) -> Path:
        """The project's reference data: words and lists of the rules."""
        return PROJECT_DIR / "seeds" / "reference"

    @property
    def own_reference(self) -> Path:
        """Users' own indicators, rules, themes and county changes."""
        return self.data / "reference"

    @property
    def merged_references(self) -> Path:
        """Merged copies of the reference data with those of users, each under a hash; the file `current` names one."""
        return self.dbt_target / "reference"

    @property
    def reference(self) -> Path:
        """The reference data in use (dbt seeds): the project's, or the merged copy."""
        merged = self.merged_reference
        return merged / "tables" if merged else self.project_reference

    @property
    def merged_reference(self) -> Path | None:
        """The merged copy in use: `tables`, `wide` and `findings.json`; None if users have no reference data."""
        current = self.merged_references / "current"
        return self.merged_references / current.read_text() if current.is_file() else None

    @property
    def wide_columns(self) -> Path:
        """The folder of the YAML with a column per indicator of `reference`."""
        merged = self.merged_reference
        return merged / "wide" if merged else self.dbt_project / "wide"

    @property
    def seeds(self) -> Path:
        """The reference folder for dbt: a plain copy if a file is not UTF-8 with commas and LF."""
        copies = self.dbt_target / "seeds"
        # a merged copy is plain
        has_copies = copies.is_dir() and self.reference == self.project_reference
        return copies if has_copies else self.reference

    @property
    def corrections(self) -> Path:
        """Files of people's decisions."""
        return self.data / "corrections"

    @property
    def dbt_project(self) -> Path:
        """The dbt project."""
        return PROJECT_DIR / "dbt_project"

    def environment(self) -> dict[str, str]:
        """The variables that Dagster and dbt processes of this installation need."""
        return {
            "FAZHI_REPORTS": str(self.reports),
            "FAZHI_DATA": str(self.data),
            "FAZHI_WAREHOUSE": str(self.warehouse),
            "DAGSTER_HOME": str(self.dagster_home),
            "FAZHI_SEEDS": os.path.relpath(self.seeds, self.dbt_project),
            "FAZHI_WIDE": os.path.relpath(self.wide_columns, self.dbt_project),
            "DBT_TARGET_PATH": str(self.dbt_target),
            "DBT_LOG_PATH": str(self.dbt_target / "logs"),
        }


def load_settings() -> Settings:
    """Read the settings from the environment; relative paths start at the project folder.

    Raises:
        ValueError: a number, address or host name is not valid, or a path cannot be used; names the variable.
    """
    return Settings(
        reports=_reports("FAZHI_REPORTS", "seeds/reports"),
        data=_data_folder("FAZHI_DATA", "data"),
        workers=int(_number("FAZHI_WORKERS", os.cpu_count() or 1, minimum=1)),
        lock_wait_seconds=_number("FAZHI_LOCK_WAIT_SECONDS", 600, minimum=0),
        ocr_seconds=_number("FAZHI_OCR_SECONDS", 600, minimum=0),
        alert_webhook=_web_address("FAZHI_ALERT_WEBHOOK"),
        public_hosts=_hosts("FAZHI_PUBLIC_HOSTS"),
        review=os.environ.get("FAZHI_REVIEW") == "1",
        county=os.environ.get("FAZHI_COUNTY", "").strip() or None,
        county_workbooks=int(_number("FAZHI_COUNTY_WORKBOOKS", COUNTY_WORKBOOKS, minimum=0)),
        engine=_engine("FAZHI_ENGINE"),
        shares_files=os.environ.get("FAZHI_SHARED_FILES") == "1",
    )


def _reports(variable: str, default: str) -> Path | str:
    """Return a folder, or the address of one without credentials."""
    printed = os.environ.get(variable, "").strip()
    scheme, mark, rest = printed.partition("://")
    if not mark:
        return _folder(variable, default)
    if scheme in _LOCAL_SCHEMES or not scheme.isascii() or not scheme.islower() or not rest.strip("/"):
        raise ValueError(
            f"{variable} must be a folder, or an address such as s3://bucket/folder, not {printed!r}"
        )
    if ":" in rest.partition("@")[0] and "@" in rest.partition("/")[0]:
        raise ValueError(
            f"{variable} must not contain a password; set the store's own variables (for s3: AWS_…)"
        )
    return printed.rstrip("/")


def _data_folder(variable: str, default: str) -> Path:
    """Return a folder whose path Dagster and dbt can use in a database address."""
    folder = _folder(variable, default)
    if found := sorted(set("#?%") & set(str(folder))):
        raise ValueError(
            f"{variable} must be a path without {' '.join(found)}: such characters are reserved in the "
            f"addresses of Dagster's records and DuckDB: {folder}"
        )
    return folder


def _web_address(variable: str) -> str | None:
    printed = os.environ.get(variable, "").strip()
    return require_web_address(printed, variable) if printed else None


def require_web_address(printed: str, variable: str) -> str:
    """Return the address. Raises: ValueError if it is neither http nor https, or has no host."""
    try:
        address = urlsplit(printed)
        is_web = address.scheme in {"http", "https"} and bool(address.hostname)
    except ValueError:
        is_web = False
    if not is_web:
        raise ValueError(f"{variable} must be an http(s) address, not {printed!r}")
    return printed


def _engine(variable: str) -> str:
    printed = os.environ.get(variable, "").strip() or PROCESSES
    kind, colon, address = printed.partition(":")
    if printed in (PROCESSES, DASK):
        return printed
    if kind != DASK or not colon:
        raise ValueError(
            f"{variable} must be {PROCESSES}, {DASK} or {DASK}:<scheduler address>, not {printed!r}"
        )
    try:
        parts = urlsplit(address if "://" in address else f"tcp://{address}")
        is_address = parts.scheme in _SCHEDULER_SCHEMES and bool(parts.hostname) and bool(parts.port)
    except ValueError:  # not a port
        is_address = False
    if not is_address or parts.path:
        raise ValueError(
            f"{variable} must name a scheduler such as {DASK}:tcp://host:8786 or {DASK}:tls://host:8786, "
            f"not {printed!r}"
        )
    return f"{DASK}:{parts.scheme}://{parts.netloc}"


def _hosts(variable: str) -> tuple[str, ...]:
    hosts = tuple(host.strip() for host in os.environ.get(variable, "").split(",") if host.strip())
    for host in hosts:
        if "/" in host or "*" in host:
            raise ValueError(
                f"{variable} must contain host names such as fazhi.example.org or intranet:8443, not {host!r}"
            )
    return hosts


def _folder(variable: str, default: str) -> Path:
    return (PROJECT_DIR / Path(os.environ.get(variable) or default).expanduser()).resolve()


def _number(variable: str, default: float, minimum: float) -> float:
    printed = os.environ.get(variable) or str(default)
    try:
        number = float(printed)
    except ValueError:
        raise ValueError(f"{variable} must be a number, not {printed!r}") from None
    if number < minimum:
        raise ValueError(f"{variable} must be at least {minimum:g}, not {printed}")
    return number
