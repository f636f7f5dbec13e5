"""Merge users' reference data into a copy of the project's, leaving out what is unusable.

A user's row or rule never changes one of the project, and an invalid one stops nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from orchestration.pipeline.extract.catalogue import load_catalogue
from orchestration.pipeline.identify.divisions import load_divisions
from orchestration.pipeline.identify.gazetteer import Gazetteer, load_unit_types
from orchestration.pipeline.own_reference.files import OWN_TABLES, RULES, OwnFile, list_own_files
from orchestration.pipeline.own_reference.rules import merge_rules
from orchestration.pipeline.own_reference.tables import merge_table
from orchestration.pipeline.own_reference.wording import in_chinese
from orchestration.pipeline.records import CorrectionFinding
from orchestration.pipeline.segment.themes import load_theme_rules


def merge_reference(project: Path, folder: Path, target: Path) -> list[CorrectionFinding]:
    """Write a copy of the project's reference folder with the usable rows and rules of users.

    Args:
        project: the folder seeds/reference.
        folder: users' files.
        target: the copy; it must not exist.

    Returns:
        Findings for the rows, rules and files that are not used, with reasons.
    """
    shutil.copytree(project, target)
    files, problems = list_own_files(folder)
    by_kind: dict[str, list[OwnFile]] = {}
    for file in files:
        by_kind.setdefault(file.kind, []).append(file)
    for kind in OWN_TABLES:
        problems += merge_table(kind, by_kind.get(kind, []), project, target) if kind in by_kind else []
    problems += merge_rules(by_kind.get(RULES, []), target)
    for kinds, stage, load in _WHOLE:
        problems += _try_whole(
            [file for kind in kinds for file in by_kind.get(kind, [])], stage, load, project, target
        )
    shutil.rmtree(target / "trial", ignore_errors=True)
    return problems


def _load_places(reference_dir: Path) -> None:
    Gazetteer(load_divisions(reference_dir), load_unit_types(reference_dir), ())


# Kinds of files, the folder that they change, and the loader that must accept the result.
_WHOLE: tuple[tuple[tuple[str, ...], str, Callable[[Path], object]], ...] = (
    (("county_changes",), "identify", _load_places),
    (("themes",), "segment", load_theme_rules),
    (("indicators", RULES), "extract", load_catalogue),
)


def _try_whole(
    files: list[OwnFile], stage: str, load: Callable[[Path], object], project: Path, target: Path
) -> list[CorrectionFinding]:
    """Load the merged data of a stage; if that fails, restore the project's."""
    if not files:
        return []
    try:
        load(target)
    except (ValueError, KeyError) as error:
        shutil.rmtree(target / stage)
        shutil.copytree(project / stage, target / stage)
        reason = str(error)
        return [
            file.problem(
                "reference_not_used",
                f"各行单独可用，合在一起不可用：{in_chinese(reason)}；整个文件未采用",
                f"each row is valid, but not all together: {reason}; the file is not used",
            )
            for file in files
        ]
    return []
