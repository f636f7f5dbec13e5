"""OFD documents (GB/T 33190-2016, 版式文档): pages of text objects with positions, in a zip of XML.

Read are the pages, their template pages and the composite objects on them. Ignored by name are
attachments, annotations, signatures and their seals, custom tags, extensions, pictures and paths.
Section numbers below are those of the standard.
"""

from __future__ import annotations

import math
import posixpath
import re
from collections.abc import Iterator, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any, NamedTuple

from orchestration.pipeline.readers import upright
from orchestration.pipeline.readers.archive import check_archive, drop_common_folder
from orchestration.pipeline.readers.base import LIMITS, ReadText, RejectedFile, join_lines
from orchestration.pipeline.readers.layout import (
    Glyph,
    Page,
    drop_running_lines,
    join_paragraphs,
    set_lines,
)
from orchestration.pipeline.readers.ofd_glyphs import (
    Cover,
    drop_covered,
    place_characters,
    read_cover,
    turn_glyph,
)
from orchestration.pipeline.readers.ofd_parts import (
    Matrix,
    Parts,
    alpha_of,
    children_of,
    fill_color,
    local_name,
    normalise_path,
    numbers_in,
    placement_of,
    text_of,
)
from orchestration.pipeline.readers.table_rows import write_tabbed

NAME = "ofd"
VERSION = "4"
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
_MAX_COVERS = 100  # of a document, that are looked at
_MAX_BESIDE = 0.2  # of a page's characters; where more lie beside it, its size is not what its file says
_NAMELESS = "¤"  # what converters write for a glyph whose character they do not know
_MAX_NAMELESS = 2
# Of a page, that a picture covers of a scan without words, and of one with a mark over it.
_PICTURE_SHARE, _PAGE_SHARE = 0.25, 0.6
_TITLE = re.compile(
    r"(?: 报告 | 总结 | 汇报 | 年报 ) (?: [（(] [^（）()]{1,20} [）)] )?",  # 报告（2024年度）
    re.VERBOSE,
)


def sniff(data: bytes, name: str) -> bool:
    """True for a zip that holds the entry point of an OFD."""
    if data[:4] != b"PK\x03\x04":
        return False
    try:
        with check_archive(data) as archive:
            members = drop_common_folder(archive.namelist())
            return any(normalise_path(member) == _ROOT.lower() for member in members)
    except RejectedFile:
        return _ROOT.encode() in data[:100]  # damaged, too large or encrypted: `read` says which


def read(data: bytes) -> ReadText:
    """Paragraphs of all pages, set by position; see `readers.layout`.

    Raises:
        RejectedFile: truncated (a part is missing or damaged), encrypted, zip_bomb, too_large, scanned
            (pictures only), unsupported (text set vertically, several reports in one file).
    """
    with check_archive(data) as archive:
        parts = Parts(archive)
        if any(name.rsplit("/", 1)[-1] in _ENCRYPTION for name in parts.names):
            raise RejectedFile("encrypted", "the OFD is encrypted")
        root = parts.xml(_ROOT.lower())
        if local_name(root) != "OFD":
            raise RejectedFile("truncated", "OFD.xml holds no OFD")
        bodies = [_Document(parts, path).read() for path in _find_documents(root, parts)]
    written = [body for body in bodies if body.text.strip()]
    if not written:
        pages, pictures = sum(body.pages for body in bodies), sum(body.pictures for body in bodies)
        if pictures:
            raise RejectedFile(
                "scanned", f"{pages} pages of drawings without text, and no pictures that OCR reads"
            )
        raise RejectedFile("empty", "no text in the pages of the OFD")
    if sum(body.has_title for body in written) > 1:
        raise RejectedFile(
            "unsupported", f"{len(written)} reports in one OFD; save each as a file of its own"
        )
    header = next((body.header for body in written if body.header), "")
    fields = {"page_title": header} if header else {}
    text = join_lines(body.text for body in written)
    return ReadText(text, MEDIA_TYPES[0], f"{NAME}/{VERSION}", None, MappingProxyType(fields))


def open_only_document(data: bytes) -> _Document | None:
    """The document of a package that holds one; None for others.

    Raises:
        RejectedFile: as `read`.
    """
    parts = Parts(check_archive(data))
    paths = _find_documents(parts.xml(_ROOT.lower()), parts)
    return _Document(parts, paths[0]) if len(paths) == 1 else None


def _find_documents(root: Any, parts: Parts) -> list[str]:
    """Paths of the documents: of each DocBody (7.4) the current version (18), else its DocRoot."""
    paths = []
    for body in children_of(root, "DocBody"):
        current = [
            version.get("BaseLoc") or ""
            for versions in children_of(body, "Versions")
            for version in children_of(versions, "Version")
            if (version.get("Current") or "").lower() == "true"
        ]
        if current:
            path = normalise_path(current[-1])
            folder = posixpath.dirname(path)
            for one in map(text_of, children_of(parts.xml(path), "DocRoot")):
                beside = normalise_path(posixpath.join(folder, one))
                paths.append(beside if beside in parts.names and one[:1] != "/" else normalise_path(one))
        else:
            paths += [normalise_path(text_of(child)) for child in children_of(body, "DocRoot")]
    if not paths:
        raise RejectedFile("truncated", "OFD.xml names no document")
    return paths


class OfdPage(NamedTuple):
    """A page before it is read."""

    path: str
    characters: int
    picture: str  # path of the picture that covers a quarter of it or more; empty where none does
    covers: bool  # whether it covers most of it


class _Body(NamedTuple):
    """What one document of the package holds."""

    text: str
    header: str
    pages: int
    pictures: int
    has_title: bool


class _Document:
    """One document (7.5): its pages and what they refer to."""

    def __init__(self, parts: Parts, path: str) -> None:
        self._parts = parts
        self._folder = posixpath.dirname(path)
        self._root = parts.xml(path)
        self._left = LIMITS.text_chars
        self._pictures = 0
        self._nameless = 0
        self._covers = 0

    def read(self) -> _Body:
        if len(self._page_paths) > LIMITS.pdf_pages:
            raise RejectedFile(
                "too_large", f"{len(self._page_paths)} pages, at most {LIMITS.pdf_pages} are read"
            )
        pages = list(map(self.read_page, self._page_paths))
        if self._nameless > _MAX_NAMELESS:
            raise RejectedFile(
                "unsupported",
                f"{self._nameless} of its characters are only drawn and have no code (字形没有对应字符): "
                "print it to PDF, which OCR reads",
            )
        lines, header = drop_running_lines(pages)
        paragraphs = write_tabbed(join_paragraphs(lines))
        head = [paragraph.strip() for paragraph in paragraphs[:5]]
        has_title = any(len(line) <= 60 and _TITLE.search(line) and "。" not in line for line in head)
        return _Body(join_lines(paragraphs), header, len(pages), self._pictures, has_title)

    def list_pages(self) -> list[OfdPage]:
        """Each page with how many characters it shows and the largest picture that covers much of it."""
        found = []
        for path in self._page_paths[: LIMITS.pdf_pages]:
            root = self._parts.xml(path)
            count = sum(len("".join((code.text or "").split())) for code in root.iter("{*}TextCode"))
            picture, share = self._find_picture(root)
            found.append(
                OfdPage(path, count, picture if share >= _PICTURE_SHARE else "", share >= _PAGE_SHARE)
            )
        return found

    def _find_picture(self, root: Any) -> tuple[str, float]:
        """Path of the largest picture of a page, and how much of the page it covers."""
        box = self._page_box(root)
        sizes = [(0.0, "")]
        for item in root.iter("{*}ImageObject"):
            boundary = numbers_in(item.get("Boundary") or "")
            path = self._media.get(item.get("ResourceID") or "", "")
            if len(boundary) >= 4 and path:
                sizes.append((boundary[2] * boundary[3], path))
        size, path = max(sizes)
        return path, size / (box[2] * box[3])

    def read_picture(self, path: str) -> bytes:
        """Bytes of a picture that `list_pages` named."""
        return self._parts.read(path, LIMITS.file_bytes)

    @cached_property
    def _page_paths(self) -> list[str]:
        return [
            self._path(page.get("BaseLoc") or "")
            for pages in children_of(self._root, "Pages")
            for page in children_of(pages, "Page")
        ]

    @cached_property
    def _media(self) -> dict[str, str]:
        """Paths of the media files by id (13.3): below the BaseLoc of their resource file, or beside it."""
        found: dict[str, str] = {}
        for folder, root in self._resources:
            below = posixpath.join(folder, root.get("BaseLoc") or "")
            for media in root.iter("{*}MultiMedia"):
                for location in children_of(media, "MediaFile"):
                    places = (self._path(text_of(location), below), self._path(text_of(location), folder))
                    found[media.get("ID") or ""] = next(
                        (each for each in places if each in self._parts.names), ""
                    )
        return found

    def _path(self, location: str, folder: str | None = None) -> str:
        """A part's path (ST_Loc, 7.3): from the package's root with a leading /, else from the part that names it."""
        if location.startswith("/"):
            return normalise_path(location)
        return normalise_path(posixpath.join(self._folder if folder is None else folder, location))

    def read_page(self, path: str) -> Page:
        """The lines of one page, by its path."""
        root = self._parts.xml(path)
        box = self._page_box(root)
        drawn: list[upright.Drawn | Cover] = []
        for reference in children_of(root, "Template"):
            template = self._templates.get(reference.get("TemplateID") or "")
            if template is not None:
                drawn += self._draw(self._parts.xml(template), Matrix(), 0)
        drawn += self._draw(root, Matrix(), 0)
        glyphs, quarter = upright.keep_text(drop_covered(drawn), _MIN_SIZE)
        left, top, right, bottom = box[0], box[1], box[0] + box[2], box[1] + box[3]
        sides = ((left, right), (top, bottom), (-right, -left), (-bottom, -top))
        edges = ((top, bottom), (-right, -left), (-bottom, -top), (left, right))[quarter]
        return Page(set_lines(_keep_on_page(glyphs, sides[quarter], edges)), *edges)

    def _page_box(self, page: Any) -> tuple[float, ...]:
        """x, y, width and height of the page (7.6, CT_PageArea): its own, else the document's."""
        common = [
            area for data in children_of(self._root, "CommonData") for area in children_of(data, "PageArea")
        ]
        for area in [*children_of(page, "Area"), *common]:
            for box in children_of(area, "PhysicalBox"):
                numbers = numbers_in(text_of(box))
                if len(numbers) >= 4 and numbers[2] > 0 and numbers[3] > 0:
                    return tuple(numbers[:4])
        return _A4

    @cached_property
    def _templates(self) -> dict[str, str]:
        return {
            template.get("ID") or "": self._path(template.get("BaseLoc") or "")
            for data in children_of(self._root, "CommonData")
            for template in children_of(data, "TemplatePage")
        }

    @cached_property
    def _resources(self) -> list[tuple[str, Any]]:
        """Folder and root element of each resource file of the document (7.9)."""
        paths = [
            self._path(text_of(location))
            for data in children_of(self._root, "CommonData")
            for kind in ("PublicRes", "DocumentRes")
            for location in children_of(data, kind)
        ]
        return [
            (posixpath.dirname(path), self._parts.xml(path)) for path in paths if path in self._parts.names
        ]

    @cached_property
    def _composites(self) -> dict[str, Any]:
        """Composite objects of the resources by id (13.2)."""
        return {
            element.get("ID") or "": element
            for _, root in self._resources
            for element in root.iter("{*}CompositeGraphicUnit", "{*}CompositeGraphUnit")
        }

    @cached_property
    def _draw_params(self) -> dict[str, Any]:
        """How objects are drawn that refer to it, by id (8.2)."""
        return {
            element.get("ID") or "": element
            for _, root in self._resources
            for element in root.iter("{*}DrawParam")
        }

    def _color(self, item: Any) -> tuple[float, ...]:
        """Red, green and blue of a text object: its own, else that of its DrawParam and of what this goes on from."""
        color = fill_color(item)
        reference, seen = item.get("DrawParam"), 0
        while color is None and reference in self._draw_params and seen < _MAX_DEPTH:
            param = self._draw_params[reference]
            color, reference, seen = fill_color(param), param.get("Relative"), seen + 1
        return (0.0,) if color is None else color

    def _draw(self, element: Any, matrix: Matrix, depth: int) -> Iterator[upright.Drawn | Cover]:
        """The glyphs of an element and of what is in it, and what covers some of them, moved by `matrix`."""
        if depth > _MAX_DEPTH:
            raise RejectedFile("too_large", f"objects nested more than {_MAX_DEPTH} deep")
        for child in element:
            kind = local_name(child)
            if kind in _NO_TEXT or not kind:
                self._pictures += kind in _PICTURES
                if kind == "PathObject" and (cover := self._read_cover(child, matrix)) is not None:
                    yield cover
            elif (child.get("Visible") or "").lower() == "false" or alpha_of(child) < upright.UNSEEN_ALPHA:
                continue
            elif kind == "TextObject":
                yield from self._draw_text(child, matrix @ placement_of(child))
            elif kind == "CompositeObject":
                unit = self._composites.get(child.get("ResourceID") or "")
                if unit is not None:
                    yield from self._draw(unit, matrix @ placement_of(child), depth + 1)
            else:
                yield from self._draw(child, matrix, depth + 1)

    def _read_cover(self, item: Any, matrix: Matrix) -> Cover | None:
        if self._covers >= _MAX_COVERS:  # a drawing
            return None
        cover = read_cover(item, matrix @ placement_of(item))
        self._covers += cover is not None
        return cover

    def _draw_text(self, item: Any, matrix: Matrix) -> Iterator[upright.Drawn]:
        """Glyphs of a text object (11.2, 11.3)."""
        color = self._color(item)
        is_filled = min(color) < upright.WHITE and item.get("Fill", "true").lower() != "false"
        if not is_filled and item.get("Stroke", "false").lower() != "true":
            return
        size = abs(next(iter(numbers_in(item.get("Size") or "")), _DEFAULT_SIZE)) or _DEFAULT_SIZE
        wide = next(iter(numbers_in(item.get("HScale") or "")), 1.0) or 1.0
        is_pale = min(color) > upright.PALE or alpha_of(item) < upright.FAINT_ALPHA
        turn = math.atan2(matrix.b, matrix.a)
        em = size * math.hypot(matrix.c, matrix.d)
        quarter = upright.quarter_turns(turn)
        x = y = 0.0
        for code in children_of(item, "TextCode"):
            x = next(iter(numbers_in(code.get("X") or "")), x)  # absent: that of the code before
            y = next(iter(numbers_in(code.get("Y") or "")), y)
            text = code.text or ""
            self._nameless += text.count(_NAMELESS)
            self._left -= len(text)
            if self._left < 0:
                raise RejectedFile("too_large", f"more than {LIMITS.text_chars} characters")
            for char, at_x, at_y, advance in place_characters(text, x, y, size * wide, code):
                start, end = matrix.apply(at_x, at_y), matrix.apply(at_x + advance, at_y)
                yield upright.Drawn(turn_glyph(char, start, end, em, quarter), turn, is_pale)


def _keep_on_page(
    glyphs: Sequence[Glyph], sides: tuple[float, float], edges: tuple[float, float]
) -> list[Glyph]:
    """The glyphs within the page, which alone are printed; all where the page cannot be as small as it says."""
    (left, right), (top, bottom) = sides, edges
    kept = [
        glyph
        for glyph in glyphs
        if glyph.right > left and glyph.left < right and top < glyph.base < bottom + glyph.size
    ]
    return kept if len(glyphs) - len(kept) <= _MAX_BESIDE * len(glyphs) else list(glyphs)
