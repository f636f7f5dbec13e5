"""The parts that a Word document's main part refers to: styles, numbering, notes, drawings, other documents.

`opc` opens packages; `text` reads the body.
"""

from __future__ import annotations

from typing import Any

from orchestration.pipeline.readers.base import RejectedFile
from orchestration.pipeline.readers.ooxml.diagrams import read_diagram
from orchestration.pipeline.readers.ooxml.markup import W
from orchestration.pipeline.readers.ooxml.opc import Package, R


class WordParts:
    """The parts referred to by a main part.

    Args:
        package: the document.
        main_part: name of its main part.
    """

    def __init__(self, package: Package, main_part: str) -> None:
        self._package = package
        self._relations = package.relations(main_part)

    def root(self, kind: str) -> Any:
        """Return the root element of the part of a kind (styles, numbering, footnotes); None without one."""
        targets = (one.target for one in self._relations.values() if one.kind == kind)
        name = next((target for target in targets if target in self._package), None)
        return None if name is None else self._package.xml(name)

    def notes(self) -> dict[tuple[str, str], Any]:
        """Return the notes by kind (footnote, endnote) and id, without the separators between text and notes."""
        return {
            (kind, note.get(f"{W}id", "")): note
            for kind in ("footnote", "endnote")
            if (root := self.root(f"{kind}s")) is not None
            for note in root.iter(W + kind)
            if note.get(f"{W}type", "normal") == "normal"
        }

    def chunk(self, node: Any) -> tuple[str, bytes]:
        """Return name and bytes of the document inserted by a w:altChunk (17.17.2.1).

        Raises:
            RejectedFile: truncated (it is missing or damaged).
        """
        name = self._target(node.get(f"{R}id"))
        if name not in self._package:
            raise RejectedFile("truncated", "an inserted document (altChunk) is missing")
        return name, self._package.read(name)

    def embedded(self, node: Any) -> tuple[str, bytes]:
        """Return name and bytes of the file behind an o:OLEObject; empty if it is missing or outside the package."""
        name = self._target(node.get(f"{R}id"))
        return (name, self._package.read(name)) if name in self._package else ("", b"")

    def diagram(self, node: Any) -> list[str]:
        """Return the lines of the diagram named by an element; empty if its part is missing, as in Word."""
        name = self._target(node.get(f"{R}dm"))
        return read_diagram(self._package.xml(name)) if name in self._package else []

    def picture(self, node: Any) -> str:
        """Return the part name of the picture named by an element; empty if outside the package."""
        return self._target(node.get(f"{R}embed") or node.get(f"{R}id"))

    def _target(self, relation_id: str | None) -> str:
        relation = self._relations.get(relation_id or "")
        return relation.target if relation is not None else ""
