"""Parts of an OFD package (GB/T 33190-2016), and helpers for their XML: names, numbers, positions, colours."""

from __future__ import annotations

import posixpath
import re
import zipfile
from typing import Any, NamedTuple

from orchestration.pipeline.readers.archive import DAMAGED, drop_common_folder
from orchestration.pipeline.readers.base import LIMITS, RejectedFile
from orchestration.pipeline.readers.layout.upright import UNSEEN_ALPHA

_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,2})?")


class Matrix(NamedTuple):
    """x' = a x + c y + e, y' = b x + d y + f (8.5, CTM)."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def __matmul__(self, inner: Matrix) -> Matrix:
        """Return the matrix that applies `inner` first, then this one."""
        return Matrix(
            self.a * inner.a + self.c * inner.b, self.b * inner.a + self.d * inner.b,
            self.a * inner.c + self.c * inner.d, self.b * inner.c + self.d * inner.d,
            *self.apply(inner.e, inner.f))  # fmt: skip

    def apply(self, x: float, y: float) -> tuple[float, float]:
        """Return the transformed point."""
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


class Parts:
    """The XML parts of the package, by case-insensitive path."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        names = map(normalise_path, drop_common_folder(archive.namelist()))
        self.names = dict(zip(names, archive.infolist(), strict=True))

    def xml(self, path: str) -> Any:
        """Return the root element of a part.

        Raises:
            RejectedFile: truncated, too_large.
        """
        from lxml import etree  # imported here, because few reports are in this format

        content = self.read(path, LIMITS.xml_bytes)
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            return etree.fromstring(content.lstrip(), parser)
        except (etree.XMLSyntaxError, ValueError) as error:
            raise RejectedFile("truncated", f"{path} is damaged: {error}") from error

    def read(self, path: str, most: int) -> bytes:
        """Return the bytes of a part, at most `most` of them.

        Raises:
            RejectedFile: truncated, too_large.
        """
        member = self.names.get(path)
        if member is None:
            raise RejectedFile("truncated", f"the OFD lacks its part {path}")
        if member.file_size > most:
            raise RejectedFile("too_large", f"{path} has {member.file_size} bytes; the limit is {most}")
        try:
            with self._archive.open(member) as stream:
                return stream.read(most + 1)
        except (RuntimeError, *DAMAGED) as error:
            raise RejectedFile("truncated", f"{path} is damaged: {error}") from error


def placement_of(item: Any) -> Matrix:
    """Return the matrix from an object's space to its parent's: CTM, then the corner of its Boundary (8.5)."""
    boundary = numbers_in(item.get("Boundary") or "")
    numbers = numbers_in(item.get("CTM") or "")
    matrix = Matrix(*numbers[:6]) if len(numbers) >= 6 else Matrix()
    corner = boundary[:2] if len(boundary) >= 2 else (0.0, 0.0)
    return Matrix(e=corner[0], f=corner[1]) @ matrix


def local_name(element: Any) -> str:
    """Return the local name of an element; empty for comments and instructions."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def children_of(element: Any, name: str) -> list[Any]:
    """Return the children with this local name."""
    return [child for child in element if local_name(child) == name]


def text_of(element: Any) -> str:
    """Return the element's own text, stripped."""
    return (element.text or "").strip()


def normalise_path(path: str) -> str:
    """Normalise a path as in `Parts.names`: lower case, from the package's root, without dots."""
    return posixpath.normpath("/" + path.strip().replace("\\", "/")).lstrip("/").lower()


def numbers_in(text: str) -> list[float]:
    """Return all numbers of an attribute, in order."""
    return [float(number) for number in _NUMBER.findall(text)]


def alpha_of(item: Any) -> float:
    """Return the opacity, 0 to 255."""
    return next(iter(numbers_in(item.get("Alpha") or "")), 255.0)


def fill_color(item: Any) -> tuple[float, ...] | None:
    """Return red, green and blue of the fill, 0 to 255 (8.3.2); None if it is not stated so."""
    for fill in children_of(item, "FillColor"):
        if alpha_of(fill) < UNSEEN_ALPHA:
            return (255.0,)
        values = numbers_in(fill.get("Value") or "")
        if len(values) in (1, 3):
            return tuple(values)
    return None
