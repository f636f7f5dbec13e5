"""The content of an OFD document's pages (GB/T 33190-2016, 8 to 11): positioned glyphs, laid out in lines.

This module reads pages, their template pages, composite objects, and numbers typed as annotations. It ignores
other annotations, attachments, signatures and their seals, custom tags, extensions, pictures, and paths other than
lines.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from operator import itemgetter
from typing import Any

from orchestration.pipeline.readers.base import LIMITS, RejectedFile
from orchestration.pipeline.readers.layout import upright
from orchestration.pipeline.readers.layout.boxes import Box
from orchestration.pipeline.readers.layout.lines import set_lines
from orchestration.pipeline.readers.layout.shapes import Glyph, Page, Rule
from orchestration.pipeline.readers.layout.struck import close_struck, find_struck
from orchestration.pipeline.readers.ofd.document import OfdDocument
from orchestration.pipeline.readers.ofd.glyphs import (
    Cover,
    drop_covered,
    place_characters,
    read_cover,
    read_rules,
    turn_glyph,
)
from orchestration.pipeline.readers.ofd.parts import (
    Matrix,
    alpha_of,
    children_of,
    fill_color,
    local_name,
    numbers_in,
    placement_of,
)

_NO_TEXT = frozenset(
    ("PathObject", "ImageObject", "Clips", "Actions", "CGTransform", "FillColor", "StrokeColor", "Area",
     "Template", "PageRes", "Annotations", "Attachments", "Signatures", "CustomTags", "Extensions")
)  # fmt: skip
_PICTURES = frozenset(("ImageObject", "PathObject"))
_DEFAULT_SIZE = 4.2  # mm, for text without a stated size: 12 points
_MIN_SIZE = 0.7  # mm; smaller text cannot be seen
_MAX_DEPTH = 60
_POINT = 25.4 / 72  # mm
_BELOW_EM, _ABOVE_EM = 0.14, 0.86  # of a character, from its base line
_THIN_LINE = 0.7  # mm
_TYPED = ("Path", "Stamp")  # annotations that may hold text which replaces that of the page
_DIGIT = re.compile(r"\d")
_MAX_RULES = 2_000  # read per page
_MAX_COVERS = 100  # read per document
_MAX_BESIDE = 0.2  # share of characters outside the page above which its stated size is wrong
_DEPTHS = {"Background": 0, "Body": 1, "Foreground": 2}  # of layers and template pages, back to front
_NAMELESS = "¤"  # written by converters for a glyph with an unknown character


class PageReader:
    """Reads the pages of one document, and counts evidence that its text is unreadable.

    Attributes:
        pictures: number of drawings and pictures on the pages read so far.
        nameless: number of characters that are drawn but have no code.
    """

    def __init__(self, document: OfdDocument) -> None:
        self.pictures = 0
        self.nameless = 0
        self._document = document
        self._left = LIMITS.text_chars
        self._covers = 0
        self._rules: list[Rule] = []  # of the current page

    def read(self, path: str) -> Page:
        """Return the lines of one page, by its path."""
        root = self._document.parts.xml(path)
        box = self._document.page_box(root)
        drawn: list[upright.Drawn | Cover] = []
        self._rules = []
        layers = []
        for reference in children_of(root, "Template"):
            template = self._document.templates.get(reference.get("TemplateID") or "")
            if template is not None:
                depth = _DEPTHS.get(reference.get("ZOrder") or "", _DEPTHS["Background"])
                layers.append((depth, self._document.parts.xml(template)))
        for _, layer in sorted([*layers, (_DEPTHS["Body"], root)], key=itemgetter(0)):
            drawn += self._draw(layer, Matrix(), 0)
        for part in self._document.annotations.get(path, ()):
            for appearance in _list_typed(self._document.parts.xml(part)):
                drawn += self._draw(appearance, placement_of(appearance), 0)
        glyphs, quarter = upright.keep_text(drop_covered(drawn), _MIN_SIZE)
        left, top, right, bottom = box[0], box[1], box[0] + box[2], box[1] + box[3]
        sides = ((left, right), (top, bottom), (-right, -left), (-bottom, -top))
        edges = ((top, bottom), (-right, -left), (-bottom, -top), (left, right))[quarter]
        rules = self._rules if quarter == 0 else []  # a sideways page is read by word positions only
        kept = _drop_struck(_keep_on_page(glyphs, sides[quarter], edges), rules)
        return Page(set_lines(kept, rules=rules, point=_POINT), *edges)

    def _color(self, item: Any) -> tuple[float, ...]:
        """Return red, green and blue of a text object: its own, else that of its DrawParam and its parents."""
        params = self._document.draw_params
        color = fill_color(item)
        reference, seen = item.get("DrawParam"), 0
        while color is None and reference in params and seen < _MAX_DEPTH:
            param = params[reference]
            color, reference, seen = fill_color(param), param.get("Relative"), seen + 1
        return (0.0,) if color is None else color

    def _draw(self, element: Any, matrix: Matrix, depth: int) -> Iterator[upright.Drawn | Cover]:
        """Yield the glyphs and covers of an element and its descendants, transformed by `matrix`."""
        if depth > _MAX_DEPTH:
            raise RejectedFile("too_large", f"objects nested more than {_MAX_DEPTH} levels deep")
        if local_name(element) == "Content":
            element = sorted(element, key=_depth_of)
        for child in element:
            kind = local_name(child)
            if kind in _NO_TEXT or not kind:
                self.pictures += kind in _PICTURES
                if kind == "PathObject" and len(self._rules) < _MAX_RULES:
                    self._rules += read_rules(child, matrix @ placement_of(child))
                if kind == "PathObject" and (cover := self._read_cover(child, matrix)) is not None:
                    yield cover
            elif (child.get("Visible") or "").lower() == "false" or alpha_of(child) < upright.UNSEEN_ALPHA:
                continue
            elif kind == "TextObject":
                yield from self._draw_text(child, matrix @ placement_of(child))
            elif kind == "CompositeObject":
                unit = self._document.composites.get(child.get("ResourceID") or "")
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
        """Yield the glyphs of a text object (11.2, 11.3)."""
        color = self._color(item)
        is_filled = min(color) < upright.WHITE and item.get("Fill", "true").lower() != "false"
        if not is_filled and item.get("Stroke", "false").lower() != "true":
            return
        if matrix.a * matrix.d < matrix.b * matrix.c:
            raise RejectedFile("unsupported", "mirrored text (镜像文字); print the document again")
        size = abs(next(iter(numbers_in(item.get("Size") or "")), _DEFAULT_SIZE)) or _DEFAULT_SIZE
        wide = next(iter(numbers_in(item.get("HScale") or "")), 1.0) or 1.0
        is_pale = min(color) > upright.PALE or alpha_of(item) < upright.FAINT_ALPHA
        turn = math.atan2(matrix.b, matrix.a)
        em = size * math.hypot(matrix.c, matrix.d)
        quarter = upright.quarter_turns(turn)
        x = y = 0.0
        for code in children_of(item, "TextCode"):
            x = next(iter(numbers_in(code.get("X") or "")), x)  # if absent, that of the previous code
            y = next(iter(numbers_in(code.get("Y") or "")), y)
            text = code.text or ""
            self.nameless += text.count(_NAMELESS)
            self._left -= len(text)
            if self._left < 0:
                raise RejectedFile("too_large", f"more than {LIMITS.text_chars} characters")
            for char, at_x, at_y, advance in place_characters(text, x, y, size * wide, code):
                start, end = matrix.apply(at_x, at_y), matrix.apply(at_x + advance, at_y)
                yield upright.Drawn(turn_glyph(char, start, end, em, quarter), turn, is_pale)


def _depth_of(layer: Any) -> int:
    """Return the depth of a layer, which does not depend on its position in the page (7.7, CT_Layer)."""
    return _DEPTHS.get(layer.get("Type") or "", _DEPTHS["Body"])


def _list_typed(root: Any) -> Iterator[Any]:
    """Yield the appearances of annotations with a number; other stamps and marks stand beside the text."""
    for annotation in root.iter("{*}Annot"):
        if annotation.get("Type") in _TYPED and (annotation.get("Visible") or "").lower() != "false":
            for appearance in children_of(annotation, "Appearance"):
                texts = list(appearance.iter("{*}TextObject"))
                words = "".join(code.text or "" for text in texts for code in text.iter("{*}TextCode"))
                if _DIGIT.search(words) and not any(text.get("CTM") for text in texts):
                    yield appearance


def _drop_struck(glyphs: list[Glyph], rules: Sequence[Rule]) -> list[Glyph]:
    """Return the glyphs that no line strikes out."""
    lines = [
        Box(rule.left, -rule.bottom, rule.right, -rule.top)
        for rule in rules
        if rule.right - rule.left > rule.bottom - rule.top
    ]
    boxes = [
        Box(
            glyph.left,
            -glyph.base - _BELOW_EM * glyph.size,
            glyph.right,
            -glyph.base + _ABOVE_EM * glyph.size,
        )
        for glyph in (glyphs if lines else ())
    ]
    struck = find_struck(lines, boxes, _THIN_LINE)
    if not struck:
        return glyphs
    return [
        glyph for glyph, _ in close_struck([(glyph, None) for glyph in glyphs], struck, [True] * len(glyphs))
    ]


def _keep_on_page(
    glyphs: Sequence[Glyph], sides: tuple[float, float], edges: tuple[float, float]
) -> list[Glyph]:
    """Return the glyphs on the page, because only these are printed; all if the stated page size is too small."""
    (left, right), (top, bottom) = sides, edges
    kept = [
        glyph
        for glyph in glyphs
        if glyph.right > left and glyph.left < right and top < glyph.base < bottom + glyph.size
    ]
    return kept if len(glyphs) - len(kept) <= _MAX_BESIDE * len(glyphs) else list(glyphs)
