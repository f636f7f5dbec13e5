"""The stages that read text, and their versions.

A stage's version is a hash of the pure modules that it imports, directly or indirectly, and of the
reference files and packages that it reads. A changed rule or a new seed row therefore
makes exactly the reports of that stage (and of the stages after it) stale.
"""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

from orchestration.pipeline.hashes import hash_files

PIPELINE_DIR = Path(__file__).resolve().parent
_PACKAGE = "orchestration.pipeline"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the data flow.

    Attributes:
        name: also its asset module, pure module, asset group and test folder.
        modules: its pure modules; their imports are found automatically.
        reference: folders of `seeds/reference/` that it reads. `corrections.csv` is in
            none of them, because a correction makes only its own report stale.
        packages: packages whose code or data affects its output.
    """

    name: str
    modules: tuple[str, ...]
    reference: tuple[str, ...]
    packages: tuple[str, ...]

    def version(self, reference_dir: Path) -> str:
        """Return 12 hex digits that change with the stage's code, reference files or packages."""
        digest = hashlib.sha256()
        for path in sorted(reachable_modules(self.modules)):
            digest.update(path.read_bytes())
        for folder in self.reference:
            digest.update(hash_files(reference_dir / folder, "**/*").encode())
        for package in self.packages:
            digest.update(f"{package}=={version(package)}".encode())
        return digest.hexdigest()[:12]


def reachable_modules(names: tuple[str, ...]) -> set[Path]:
    """Return the files of the pipeline modules `names` and of all pipeline modules that they import."""
    found: set[Path] = set()
    waiting = [f"{_PACKAGE}.{name}" for name in names]
    while waiting:
        path = _module_path(waiting.pop())
        if path is None or path in found:
            continue
        found.add(path)
        waiting += _find_imports(path)
    return found


@cache  # a run needs each version several times, and a process keeps its imported modules
def _find_imports(path: Path) -> tuple[str, ...]:
    """Return names that a module imports, including possible modules imported from packages."""
    found: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            found += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return tuple(found)


def _module_path(name: str) -> Path | None:
    if name != _PACKAGE and not name.startswith(f"{_PACKAGE}."):
        return None
    base = PIPELINE_DIR.joinpath(*name.removeprefix(_PACKAGE).strip(".").split("."))
    return next((path for path in (base.with_suffix(".py"), base / "__init__.py") if path.is_file()), None)


INGEST = Stage(
    "ingest",
    modules=("ingest.clean", "ingest.files", "ingest.archives", "identify.stage", "ocr.read", "ocr.spans"),
    reference=("ingest", "identify"),
    packages=("lxml", "olefile", "opencc", "pillow", "pypdfium2", "selectolax"),
)
SEGMENT = Stage("segment", modules=("segment.stage",), reference=("segment",), packages=("jieba", "rjieba"))
EXTRACT = Stage(
    "extract", modules=("extract.stage", "ocr.spans"), reference=("extract",), packages=("ahocorasick-rs",)
)
