"""What the main part of a Word document refers to by relations: styles, numbers, notes, drawings, other documents.

What the body says belongs to `word_text`, how a package is opened to `opc`.
"""

from __future__ import annotations

from typing import Any

from orchestration.pipeline.readers.base import RejectedFile
from orchestration.pipeline.readers.opc import Package, R
from orchestration.pipeline.readers.word_diagrams import read_diagram
from orchestration.pipeline.readers.word_styles import W


class WordParts:
    """The parts that a main part refers to.

    Args:
        package: the document.
        main_part: name of its main part.
    """

    def __init__(self, package: Package, main_part: str) -> None:
        self._package = package
        self._relations = package.relations(main_part)

    def root(self, kind: str) -> Any:
        """Root element of the part of a kind (styles, numbering, footnotes); None where there is none."""
        targets = (one.target for one in self._relations.values() if one.kind == kind)
        name = next((target for target in targets if target in self._package), None)
        return None if name is None else self._package.xml(name)

    def notes(self) -> dict[tuple[str, str], Any]:
        """Elements of the notes by kind (footnote, endnote) and id, without the rules that part notes from the text."""
        return {
            (kind, note.get(f"{W}id", "")): note
            for kind in ("footnote", "endnote")
            if (root := self.root(f"{kind}s")) is not None
            for note in root.iter(W + kind)
            if note.get(f"{W}type", "normal") == "normal"
        }

    def chunk(self, node: Any) -> tuple[str, bytes]:
        """Name and bytes of the document that a w:altChunk inserts (17.17.2.1).

        Raises:
            RejectedFile: truncated where it is missing or damaged.
        """
        name = self._target(node.get(f"{R}id"))
        if name not in self._package:
            raise RejectedFile("truncated", "a document that is inserted in this one (altChunk) is missing")
        return name, self._package.read(name)

    def diagram(self, node: Any) -> list[str]:
        """Lines of the diagram that an element names; none where its part is missing, as Word shows nothing then."""
        name = self._target(node.get(f"{R}dm"))
        return read_diagram(self._package.xml(name)) if name in self._package else []

    def picture(self, node: Any) -> str:
        """Name of the part of the picture that an element names; empty where it is outside the package."""
        return self._target(node.get(f"{R}embed") or node.get(f"{R}id"))

    def _target(self, relation_id: str | None) -> str:
        relation = self._relations.get(relation_id or "")
        return relation.target if relation is not None else ""
