"""The stages that read text, and the version of each: what its rows were made with.

A stage's version is a hash of the pure modules that it reaches by import and of the
reference files and packages that it reads, so that a changed rule or a new seed row
makes exactly the reports of that stage (and of the stages after it) stale.
"""

from __future__ import annotations

import ast
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path

PIPELINE_DIR = Path(__file__).resolve().parent / "pipeline"
_PACKAGE = "orchestration.pipeline"


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of the flow of data.

    Attributes:
        name: also its asset module, pure module, asset group and test folder.
        modules: pure modules that hold it; what they import is found.
        reference: folders of `seeds/reference/` that it reads, whole. `corrections.csv` is in
            none of them: a correction makes only its own report stale.
        packages: packages whose data decides on its output.
    """

    name: str
    modules: tuple[str, ...]
    reference: tuple[str, ...]
    packages: tuple[str, ...]

    def version(self, reference_dir: Path) -> str:
        """12 hex digits that change with the stage's code, reference files or packages."""
        digest = hashlib.sha256()
        for path in sorted(reachable_modules(self.modules)):
            digest.update(path.read_bytes())
        for folder in self.reference:
            for path in sorted(path for path in (reference_dir / folder).rglob("*") if path.is_file()):
                digest.update(path.relative_to(reference_dir).as_posix().encode())
                digest.update(path.read_bytes())
        for package in self.packages:
            digest.update(f"{package}=={version(package)}".encode())
        return digest.hexdigest()[:12]


def reachable_modules(names: tuple[str, ...]) -> set[Path]:
    """Files of the pipeline modules `names` and of all pipeline modules they import."""
    found: set[Path] = set()
    waiting = [f"{_PACKAGE}.{name}" for name in names]
    while waiting:
        path = _module_path(waiting.pop())
        if path is None or path in found:
            continue
        found.add(path)
        waiting += _find_imports(path)
    return found


@cache  # a run asks for each version several times, and a process keeps the modules it has imported
def _find_imports(path: Path) -> tuple[str, ...]:
    """Names that a module imports, and those of modules that it may import from packages."""
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
    packages=("opencc", "pypdfium2", "python-docx", "selectolax"),
)
SEGMENT = Stage("segment", modules=("segment.stage",), reference=("segment",), packages=("jieba", "rjieba"))
EXTRACT = Stage(
    "extract", modules=("extract.stage", "ocr.spans"), reference=("extract",), packages=("ahocorasick-rs",)
)
