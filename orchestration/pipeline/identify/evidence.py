"""The evidence about one report, and the unit found from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestration.pipeline.identify.gazetteer import Gazetteer, Place
from orchestration.pipeline.ingest.clean import CleanText


@dataclass(frozen=True, slots=True)
class Evidence:
    """One report and everything that may show whose it is.

    Attributes:
        clean: the clean text with the facts of its page.
        title: from a correction, the page, the side file or the file name.
        source_path: relative to the reports folder; folder and file names are evidence.
        side: values of the side file, as text.
        corrections: reviewed decisions, field → value; they override everything.
        gazetteer: all townships.
        home_county: code of the county of this installation (`FAZHI_COUNTY`), or None.
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
    """A township-level unit named by a source."""

    name: str
    unit_type: str | None
    parents: tuple[Place, ...]  # printed right before it
    evidence: str
    unknown_parent: str | None = None  # a county printed before it that the gazetteer lacks
