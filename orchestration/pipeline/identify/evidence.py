"""What is known of one report when the questions of identify are asked, and the unit that they find."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.pipeline.identify.gazetteer import Gazetteer, Place
from orchestration.pipeline.ingest.clean import CleanText


@dataclass(frozen=True, slots=True)
class Evidence:
    """One report and all that may tell whose it is.

    Attributes:
        clean: the clean text with the facts of its page.
        title: by correction, page, side file or file name.
        source_path: relative to the reports folder; folder names and file name tell something.
        side: values of the side file, as text.
        corrections: reviewed decisions, field → value; they win over everything.
        gazetteer: all townships.
        home_county: code of the county whose reports these are (`FAZHI_COUNTY`), or None.
    """

    clean: CleanText
    title: str | None
    source_path: str
    side: Mapping[str, str]
    corrections: Mapping[str, str]
    gazetteer: Gazetteer
    home_county: str | None = None


@dataclass(frozen=True, slots=True)
class Unit:
    """A township-level unit as a source names it."""

    name: str
    unit_type: str | None
    parents: tuple[Place, ...]  # printed right before it
    evidence: str
    unknown_parent: str | None = None  # a county printed before it that the gazetteer lacks
