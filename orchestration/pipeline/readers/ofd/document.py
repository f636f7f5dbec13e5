"""One document of an OFD package (GB/T 33190-2016, 7.5): its pages, and the resources they refer to by id."""

from __future__ import annotations

import posixpath
from functools import cached_property
from typing import Any, NamedTuple

from orchestration.pipeline.readers.base import LIMITS
from orchestration.pipeline.readers.ofd.parts import (
    Parts,
    children_of,
    normalise_path,
    numbers_in,
    text_of,
)

_A4 = (0.0, 0.0, 210.0, 297.0)  # mm
# Share of the page covered by the picture of a scan without words, and of one with a mark on it.
_PICTURE_SHARE, _PAGE_SHARE = 0.25, 0.6


class OfdPage(NamedTuple):
    """A page before it is read."""

    characters: int
    picture: str  # path of a picture that covers a quarter of the page or more; empty without one
    covers: bool  # whether it covers most of the page


class OfdDocument:
    """One document and its parts.

    Args:
        parts: the parts of the package.
        path: path of the document's own part.
    """

    def __init__(self, parts: Parts, path: str) -> None:
        self.parts = parts
        self._folder = posixpath.dirname(path)
        self._root = parts.xml(path)

    @cached_property
    def page_paths(self) -> list[str]:
        """Paths of the pages in reading order."""
        return [
            self._path(page.get("BaseLoc") or "")
            for pages in children_of(self._root, "Pages")
            for page in children_of(pages, "Page")
        ]

    def list_attachments(self) -> list[str]:
        """Return the names of the files attached to the document (20.1)."""
        paths = [self._path(text_of(node)) for node in children_of(self._root, "Attachments")]
        return [
            attachment.get("Name") or text_of(location)
            for path in paths
            if path in self.parts.names
            for attachment in self.parts.xml(path).iter("{*}Attachment")
            if (attachment.get("Visible") or "").lower() != "false"
            for location in children_of(attachment, "FileLoc")
        ]

    @cached_property
    def annotations(self) -> dict[str, list[str]]:
        """Paths of the parts with annotations (15), by the path of their page."""
        ids = {
            page.get("ID") or "": self._path(page.get("BaseLoc") or "")
            for pages in children_of(self._root, "Pages")
            for page in children_of(pages, "Page")
        }
        found: dict[str, list[str]] = {}
        for listed in map(self._path, map(text_of, children_of(self._root, "Annotations"))):
            for page in self.parts.xml(listed).iter("{*}Page") if listed in self.parts.names else ():
                for location in map(text_of, children_of(page, "FileLoc")):
                    places = (self._path(location, posixpath.dirname(listed)), self._path(location))
                    part = next((each for each in places if each in self.parts.names), None)
                    if part is not None:
                        found.setdefault(ids.get(page.get("PageID") or "", ""), []).append(part)
        return found

    def list_pages(self) -> list[OfdPage]:
        """Return each page with its number of characters and the largest picture that covers much of it."""
        found = []
        for path in self.page_paths[: LIMITS.pdf_pages]:
            root = self.parts.xml(path)
            count = sum(len("".join((code.text or "").split())) for code in root.iter("{*}TextCode"))
            picture, share = self._find_picture(root)
            found.append(OfdPage(count, picture if share >= _PICTURE_SHARE else "", share >= _PAGE_SHARE))
        return found

    def _find_picture(self, root: Any) -> tuple[str, float]:
        """Return the path of a page's largest picture and the share of the page that it covers."""
        box = self.page_box(root)
        sizes = [(0.0, "")]
        for item in root.iter("{*}ImageObject"):
            boundary = numbers_in(item.get("Boundary") or "")
            path = self._media.get(item.get("ResourceID") or "", "")
            if len(boundary) >= 4 and path:
                sizes.append((boundary[2] * boundary[3], path))
        size, path = max(sizes)
        return path, size / (box[2] * box[3])

    def read_picture(self, path: str) -> bytes:
        """Return the bytes of a picture named by `list_pages`."""
        return self.parts.read(path, LIMITS.file_bytes)

    def page_box(self, page: Any) -> tuple[float, ...]:
        """Return x, y, width and height of the page (7.6, CT_PageArea): its own, else the document's."""
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
    def templates(self) -> dict[str, str]:
        """Paths of the template pages by id."""
        return {
            template.get("ID") or "": self._path(template.get("BaseLoc") or "")
            for data in children_of(self._root, "CommonData")
            for template in children_of(data, "TemplatePage")
        }

    @cached_property
    def _media(self) -> dict[str, str]:
        """Paths of the media files by id (13.3): below the BaseLoc of their resource file, or next to it."""
        found: dict[str, str] = {}
        for folder, root in self._resources:
            below = posixpath.join(folder, root.get("BaseLoc") or "")
            for media in root.iter("{*}MultiMedia"):
                for location in children_of(media, "MediaFile"):
                    places = (self._path(text_of(location), below), self._path(text_of(location), folder))
                    found[media.get("ID") or ""] = next(
                        (each for each in places if each in self.parts.names), ""
                    )
        return found

    @cached_property
    def _resources(self) -> list[tuple[str, Any]]:
        """Folder and root element of each resource file of the document (7.9)."""
        paths = [
            self._path(text_of(location))
            for data in children_of(self._root, "CommonData")
            for kind in ("PublicRes", "DocumentRes")
            for location in children_of(data, kind)
        ]
        return [(posixpath.dirname(path), self.parts.xml(path)) for path in paths if path in self.parts.names]

    @cached_property
    def composites(self) -> dict[str, Any]:
        """Composite objects of the resources by id (13.2)."""
        return {
            element.get("ID") or "": element
            for _, root in self._resources
            for element in root.iter("{*}CompositeGraphicUnit", "{*}CompositeGraphUnit")
        }

    @cached_property
    def draw_params(self) -> dict[str, Any]:
        """Drawing parameters (DrawParam) by id (8.2)."""
        return {
            element.get("ID") or "": element
            for _, root in self._resources
            for element in root.iter("{*}DrawParam")
        }

    def _path(self, location: str, folder: str | None = None) -> str:
        """Resolve a part's path (ST_Loc, 7.3): from the package's root with a leading /, else from the naming part."""
        if location.startswith("/"):
            return normalise_path(location)
        return normalise_path(posixpath.join(self._folder if folder is None else folder, location))
