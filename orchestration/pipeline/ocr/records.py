"""OCR results of a page: its lines, their positions and confidences."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line, or a cell of a table.

    The box is in fractions of the page's width and height, from its top left corner.

    Attributes:
        text: its characters, without white space.
        x: left edge of the enclosing box.
        y: top edge.
        width: width of the box.
        height: height of the box; on a skewed page more than that of the characters.
        confidence: mean confidence of its characters, 0 to 1.
        character_confidences: one per character of `text`, 0 to 1.
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
    """A page as read, with its lines in any order.

    Attributes:
        width: width of the picture in pixels, after turning.
        height: its height.
        turned_degrees: clockwise rotation that made it upright: 0, 90, 180, 270.
        skew_degrees: degrees by which lines fall to the right; boxes are those of the skewed page.
        lines: empty for an empty page.
    """

    width: int
    height: int
    turned_degrees: int
    skew_degrees: float
    lines: tuple[Line, ...]

    def to_json(self) -> dict[str, Any]:
        """Return plain values for the store."""
        return asdict(self)

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> Page:
        """Return the page written by `to_json`."""
        lines = tuple(
            Line(**{**line, "character_confidences": tuple(line["character_confidences"])})
            for line in record["lines"]
        )
        return cls(**{**record, "lines": lines})


def mean_confidence(pages: tuple[Page, ...]) -> float | None:
    """Return the mean confidence of all characters, 0 to 1; None if there are none."""
    values = [value for page in pages for line in page.lines for value in line.character_confidences]
    return sum(values) / len(values) if values else None
