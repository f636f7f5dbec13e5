"""OFD documents (GB/T 33190-2016, 版式文档): pages of text objects with positions, in a zip of XML.

Read are the pages, their template pages and the composite objects on them. Ignored by name are
attachments, annotations, signatures and their seals, custom tags, extensions, pictures and paths.
Section numbers below are those of the standard.
"""

from __future__ import annotations

import math
import posixpath
import re
import zipfile
from collections.abc import Iterator
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from orchestration.pipeline.readers.archive import DAMAGED, check_archive, common_folder
from orchestration.pipeline.readers.base import LIMITS, ReadText, RejectedFile, join_lines
from orchestration.pipeline.readers.layout import (
    Glyph,
    Page,
    drop_running_lines,
    join_paragraphs,
    set_lines,
)
from orchestration.pipeline.readers.upright import (
    FAINT_ALPHA,
    PALE,
    UNSEEN_ALPHA,
    WHITE,
    Drawn,
    keep_text,
    quarter_turns,
)

NAME = "ofd"
VERSION = "1"
MEDIA_TYPES: tuple[str, ...] = ("application/ofd",)
CONTAINER_MEMBERS: tuple[str, ...] = ("OFD.xml",)

_ROOT = "OFD.xml"
_ENCRYPTION = ("encryptions.xml", "decryptseed.dat")  # GM/T 0099
_NO_TEXT = frozenset(
    ("PathObject", "ImageObject", "Clips", "Actions", "CGTransform", "FillColor", "StrokeColor", "Area",
     "Template", "PageRes", "Annotations", "Attachments", "Signatures", "CustomTags", "Extensions")
)  # fmt: skip
_PICTURES = frozenset(("ImageObject", "PathObject"))
_A4 = (0.0, 0.0, 210.0, 297.0)  # mm
_DEFAULT_SIZE = 4.2  # mm, of text that does not state its size: 12 points
_MIN_SIZE = 0.7  # mm; smaller text nobody sees
_MAX_DEPTH = 60
_NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,2})?")
_TITLE = re.compile(
    r"(?: 报告 | 总结 | 汇报 | 年报 ) (?: [（(] [^（）()]{1,20} [）)] )?",  # 报告（2024年度）
    re.VERBOSE,
)


class _Matrix(NamedTuple):
    """x' = a x + c y + e, y' = b x + d y + f (8.5, CTM)."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def __matmul__(self, inner: _Matrix) -> _Matrix:
        """What first does `inner`, then this."""
        return _Matrix(
            self.a * inner.a + self.c * inner.b, self.b * inner.a + self.d * inner.b,
            self.a * inner.c + self.c * inner.d, self.b * inner.c + self.d * inner.d,
            *self.apply(inner.e, inner.f))  # fmt: skip

    def apply(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f


def sniff(data: bytes, name: str) -> bool:
    """True for a zip that holds the entry point of an OFD."""
    if data[:4] != b"PK\x03\x04":
        return False
    try:
        with check_archive(data) as archive:
            names = archive.namelist()
            root = _normalise(common_folder(names) + _ROOT)
            return any(_normalise(member) == root for member in names)
    except RejectedFile:
        return _ROOT.encode() in data[:100]  # damaged, too large or encrypted: `read` says which


def read(data: bytes) -> ReadText:
    """Paragraphs of all pages, set by position; see `readers.layout`.

    Raises:
        RejectedFile: truncated (a part is missing or damaged), encrypted, zip_bomb, too_large, scanned
            (pictures only), unsupported (text set vertically, several reports in one file).
    """
    with check_archive(data) as archive:
        parts = _Parts(archive)
        if any(name.rsplit("/", 1)[-1] in _ENCRYPTION for name in parts.names):
            raise RejectedFile("encrypted", "the OFD is encrypted")
        root = parts.xml(_ROOT.lower())
        if _name(root) != "OFD":
            raise RejectedFile("truncated", "OFD.xml holds no OFD")
        bodies = [_Document(parts, path).read() for path in _find_documents(root)]
    written = [body for body in bodies if body.text.strip()]
    if not written:
        pages, pictures = sum(body.pages for body in bodies), sum(body.pictures for body in bodies)
        if pictures:
            raise RejectedFile("scanned", f"{pages} pages of pictures without text; run OCR first")
        raise RejectedFile("empty", "no text in the pages of the OFD")
    if sum(body.has_title for body in written) > 1:
        raise RejectedFile(
            "unsupported", f"{len(written)} reports in one OFD; save each as a file of its own"
        )
    header = next((body.header for body in written if body.header), "")
    fields = {"page_title": header} if header else {}
    text = join_lines(body.text for body in written)
    return ReadText(text, MEDIA_TYPES[0], f"{NAME}/{VERSION}", None, MappingProxyType(fields))


def _find_documents(root: Any) -> list[str]:
    """Paths of the documents: the DocRoot of each DocBody (7.4)."""
    paths = [_text(child) for body in _children(root, "DocBody") for child in _children(body, "DocRoot")]
    if not paths:
        raise RejectedFile("truncated", "OFD.xml names no document")
    return [_normalise(path) for path in paths]


class _Parts:
    """The XML parts of the package, found by path without regard to case."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        folder = len(common_folder(archive.namelist()))
        self.names = {
            _normalise(member.filename.lstrip("./")[folder:]): member for member in archive.infolist()
        }

    def xml(self, path: str) -> Any:
        """Root element of a part.

        Raises:
            RejectedFile: truncated, too_large.
        """
        from lxml import etree  # here, for few reports are in this format

        member = self.names.get(path)
        if member is None:
            raise RejectedFile("truncated", f"the OFD lacks its part {path}")
        if member.file_size > LIMITS.xml_bytes:
            raise RejectedFile(
                "too_large", f"{path} has {member.file_size} bytes, at most {LIMITS.xml_bytes} are read"
            )
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
        try:
            with self._archive.open(member) as stream:
                content = stream.read(LIMITS.xml_bytes + 1)
            return etree.fromstring(content.lstrip(), parser)
        except (etree.XMLSyntaxError, RuntimeError, *DAMAGED) as error:
            raise RejectedFile("truncated", f"{path} is damaged: {error}") from error


class _Body(NamedTuple):
    """What one document of the package holds."""

    text: str
    header: str
    pages: int
    pictures: int
    has_title: bool


class _Document:
    """One document (7.5): its pages and what they refer to."""

    def __init__(self, parts: _Parts, path: str) -> None:
        self._parts = parts
        self._folder = posixpath.dirname(path)
        self._root = parts.xml(path)
        self._left = LIMITS.text_chars
        self._pictures = 0

    def read(self) -> _Body:
        entries = [page for pages in _children(self._root, "Pages") for page in _children(pages, "Page")]
        if len(entries) > LIMITS.pdf_pages:
            raise RejectedFile("too_large", f"{len(entries)} pages, at most {LIMITS.pdf_pages} are read")
        pages = [self._read_page(self._path(entry.get("BaseLoc") or "")) for entry in entries]
        lines, header = drop_running_lines(pages)
        paragraphs = join_paragraphs(lines)
        head = [paragraph.strip() for paragraph in paragraphs[:5]]
        has_title = any(len(line) <= 60 and _TITLE.search(line) and "。" not in line for line in head)
        return _Body(join_lines(paragraphs), header, len(pages), self._pictures, has_title)

    def _path(self, location: str, folder: str | None = None) -> str:
        """A part's path (ST_Loc, 7.3): from the package's root with a leading /, else from the part that names it."""
        if location.startswith("/"):
            return _normalise(location)
        return _normalise(posixpath.join(self._folder if folder is None else folder, location))

    def _read_page(self, path: str) -> Page:
        root = self._parts.xml(path)
        box = self._page_box(root)
        drawn: list[Drawn] = []
        for reference in _children(root, "Template"):
            template = self._templates.get(reference.get("TemplateID") or "")
            if template is not None:
                drawn += self._draw(self._parts.xml(template), _Matrix(), 0)
        drawn += self._draw(root, _Matrix(), 0)
        glyphs, quarter = keep_text(drawn, _MIN_SIZE)
        left, top, right, bottom = box[0], box[1], box[0] + box[2], box[1] + box[3]
        edges = ((top, bottom), (-right, -left), (-bottom, -top), (left, right))[quarter]
        return Page(set_lines(glyphs), *edges)

    def _page_box(self, page: Any) -> tuple[float, ...]:
        """x, y, width and height of the page (7.6, CT_PageArea): its own, else the document's."""
        common = [
            area for data in _children(self._root, "CommonData") for area in _children(data, "PageArea")
        ]
        for area in [*_children(page, "Area"), *common]:
            for box in _children(area, "PhysicalBox"):
                numbers = _numbers(_text(box))
                if len(numbers) >= 4 and numbers[2] > 0 and numbers[3] > 0:
                    return tuple(numbers[:4])
        return _A4

    @cached_property
    def _templates(self) -> dict[str, str]:
        return {
            template.get("ID") or "": self._path(template.get("BaseLoc") or "")
            for data in _children(self._root, "CommonData")
            for template in _children(data, "TemplatePage")
        }

    @cached_property
    def _composites(self) -> dict[str, Any]:
        """Composite objects of the resources by id (13.2)."""
        found: dict[str, Any] = {}
        for data in _children(self._root, "CommonData"):
            for kind in ("PublicRes", "DocumentRes"):
                for location in _children(data, kind):
                    path = self._path(_text(location))
                    if path in self._parts.names:
                        for element in self._parts.xml(path).iter(
                            "{*}CompositeGraphicUnit", "{*}CompositeGraphUnit"
                        ):
                            found[element.get("ID") or ""] = element
        return found

    def _draw(self, element: Any, matrix: _Matrix, depth: int) -> Iterator[Drawn]:
        """The glyphs of an element and of what stands in it, moved by `matrix`."""
        if depth > _MAX_DEPTH:
            raise RejectedFile("too_large", f"objects nested more than {_MAX_DEPTH} deep")
        for child in element:
            kind = _name(child)
            if kind in _NO_TEXT or not kind:
                self._pictures += kind in _PICTURES
            elif (child.get("Visible") or "").lower() == "false" or _alpha(child) < UNSEEN_ALPHA:
                continue
            elif kind == "TextObject":
                yield from self._draw_text(child, matrix @ _placement(child))
            elif kind == "CompositeObject":
                unit = self._composites.get(child.get("ResourceID") or "")
                if unit is not None:
                    yield from self._draw(unit, matrix @ _placement(child), depth + 1)
            else:
                yield from self._draw(child, matrix, depth + 1)

    def _draw_text(self, item: Any, matrix: _Matrix) -> Iterator[Drawn]:
        """Glyphs of a text object (11.2, 11.3)."""
        color = _color(item)
        is_filled = min(color) < WHITE and item.get("Fill", "true").lower() != "false"
        if not is_filled and item.get("Stroke", "false").lower() != "true":
            return
        size = abs(next(iter(_numbers(item.get("Size") or "")), _DEFAULT_SIZE)) or _DEFAULT_SIZE
        wide = next(iter(_numbers(item.get("HScale") or "")), 1.0) or 1.0
        is_pale = min(color) > PALE or _alpha(item) < FAINT_ALPHA
        turn = math.atan2(matrix.b, matrix.a)
        em = size * math.hypot(matrix.c, matrix.d)
        quarter = quarter_turns(turn)
        x = y = 0.0
        for code in _children(item, "TextCode"):
            x = next(iter(_numbers(code.get("X") or "")), x)  # absent: that of the code before
            y = next(iter(_numbers(code.get("Y") or "")), y)
            text = code.text or ""
            self._left -= len(text)
            if self._left < 0:
                raise RejectedFile("too_large", f"more than {LIMITS.text_chars} characters")
            for char, at_x, at_y, advance in _place(text, x, y, size * wide, code):
                start, end = matrix.apply(at_x, at_y), matrix.apply(at_x + advance, at_y)
                yield Drawn(_turn(char, start, end, em, quarter), turn, is_pale)


def _place(
    text: str, x: float, y: float, size: float, code: Any
) -> Iterator[tuple[str, float, float, float]]:
    """Each character with x and y of its origin and its width; a line end begins a line below.

    The width is the distance to the next where that is told, else an em: widths of glyphs stand in fonts
    that we do not read, and a blank that is one stands in the text.
    """
    across = _deltas(code.get("DeltaX"), len(text))
    down = _deltas(code.get("DeltaY"), len(text))
    start = x
    for index, char in enumerate(text):
        if char == "\n" and not across:
            x, y = start, y + 1.5 * size
            continue
        usual = size if char > "\u2e7f" or char in "“”‘’—…·" else size / 2
        # Down alone stands for vertical text; else a character without a value advances by its usual width.
        step = across[min(index, len(across) - 1)] if across else (0.0 if down else usual)
        yield char, x, y, step if index < len(across) and step > 0 else size
        x += step
        if down:
            y += down[min(index, len(down) - 1)]


def _deltas(value: str | None, count: int) -> list[float]:
    """Distances between characters (7.3, ST_Array): `g 3 1.5` stands for three times 1.5; at most `count`."""
    deltas: list[float] = []
    words = (value or "").replace(",", " ").split()
    index = 0
    while index < len(words) and len(deltas) < count:
        if words[index].lower() == "g":
            repeat = _numbers(" ".join(words[index + 1 : index + 3]))
            if len(repeat) == 2:
                deltas += [repeat[1]] * max(0, min(int(repeat[0]), count - len(deltas)))
            index += 3
            continue
        deltas += _numbers(words[index])[:1]
        index += 1
    return deltas


def _placement(item: Any) -> _Matrix:
    """From an object's own space to that around it: CTM, then the corner of its Boundary (8.5)."""
    boundary = _numbers(item.get("Boundary") or "")
    numbers = _numbers(item.get("CTM") or "")
    matrix = _Matrix(*numbers[:6]) if len(numbers) >= 6 else _Matrix()
    corner = boundary[:2] if len(boundary) >= 2 else (0.0, 0.0)
    return _Matrix(e=corner[0], f=corner[1]) @ matrix


def _turn(char: str, start: tuple[float, float], end: tuple[float, float], em: float, quarter: int) -> Glyph:
    """A glyph as it stands when the page is turned so that its text is upright."""
    (x, y), (x2, y2) = start, end
    left, right, base = (
        (x, x2, y),
        (y, y2, -x),
        (-x, -x2, -y),
        (-y, -y2, x),
    )[quarter]
    return Glyph(char, min(left, right), max(left, right), base, max(em, 0.01))


# --- XML --------------------------------------------------------------------------------


def _name(element: Any) -> str:
    """Local name of an element; empty for comments and instructions."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1] if isinstance(tag, str) else ""


def _children(element: Any, name: str) -> list[Any]:
    return [child for child in element if _name(child) == name]


def _text(element: Any) -> str:
    return (element.text or "").strip()


def _normalise(path: str) -> str:
    return posixpath.normpath("/" + path.strip().replace("\\", "/")).lstrip("/").lower()


def _numbers(text: str) -> list[float]:
    return [float(number) for number in _NUMBER.findall(text)]


def _alpha(item: Any) -> float:
    return next(iter(_numbers(item.get("Alpha") or "")), 255.0)


def _color(item: Any) -> tuple[float, ...]:
    """Red, green and blue of the fill, 0 to 255 (8.3.2); black where it is not stated so."""
    for fill in _children(item, "FillColor"):
        values = _numbers(fill.get("Value") or "")
        if len(values) in (1, 3):
            return tuple(values)
        if _alpha(fill) < UNSEEN_ALPHA:
            return (255.0,)
    return (0.0,)
