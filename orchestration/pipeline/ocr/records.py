"""What is known of a page that was read by OCR: its lines, where they stand and how sure they are."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line, or a cell of a table.

    The box is in fractions of the page's width and height, from its top left corner.

    Attributes:
        text: what it says, without blanks at its ends.
        x: left edge of the box that encloses the line.
        y: top edge.
        width: of the box.
        height: of the box; on a skewed page more than that of the characters.
        confidence: mean of its characters' confidence, 0 to 1.
        character_confidences: one for each character of `text`, 0 to 1.
    """

    text: str
    x: float
    y: float
    width: float
    height: float
    confidence: float
    character_confidences: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A page as read, its lines in any order.

    Attributes:
        width: of the picture that was read, in pixels.
        height: of the same.
        turned_degrees: by how much it was turned clockwise to stand upright: 0, 90, 180, 270.
        skew_degrees: by how much the lines fall to the right; boxes are as on the skewed page.
        lines: none on an empty page.
    """

    width: int
    height: int
    turned_degrees: int
    skew_degrees: float
    lines: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values, for the store."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Page:
        """The page that `to_json` wrote."""
        lines = tuple(
            Line(**{**line, "character_confidences": tuple(line["character_confidences"])})
            for line in record["lines"]
        )
        return cls(**{**record, "lines": lines})


def mean_confidence(pages: tuple[Page, ...]) -> float | None:
    """Mean confidence of all characters, 0 to 1; None where nothing was read."""
    values = [value for page in pages for line in page.lines for value in line.character_confidences]
    return sum(values) / len(values) if values else None
