"""Read the runs of a Word paragraph: its text, text boxes and notes.

Everything that Word does not print is left out: deleted and moved-away text, hidden text, field codes, and
comments; so are page numbers, placeholders of content controls and phonetic guides.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from orchestration.pipeline.readers.ooxml.drawings import ALTERNATE, BOX, choose_alternative, find_boxes
from orchestration.pipeline.readers.ooxml.markup import GONE, TRUE, A, M, V, W, integer, is_on, value_of
from orchestration.pipeline.readers.raised import LONG_NUMBER, LOST, lacks_number, write_raised
from orchestration.pipeline.readers.word.fields import PROMPT, Field, read_unshown, shows_no_text
from orchestration.pipeline.readers.word.styles import Styles, is_blackened
from orchestration.pipeline.readers.word.symbols import read_private, read_symbol

_DIGIT = re.compile(r"\d")
_SPACES = {f"{W}tab": "\t", f"{W}ptab": "\t", f"{W}br": "\n", f"{W}cr": "\n", f"{W}noBreakHyphen": "-"}
_NUMBER = re.compile(r"\d[\d,.]*%?")
_PICTURE = "\ufffc"  # stands for a picture in the line
_MAX_POINTS, _MAX_EMU = 36.0, 457_200  # of its height
_HEIGHT = re.compile(r"(?:^|;)\s*height:\s*(\d+(?:\.\d+)?)pt")
_SMALL = 0.78  # maximum size of a raised mark, relative to the text before it
_MIDDLE = 0.5  # of the difference of two sizes: smaller text raised by this is in the middle of its line
_DRAWN = frozenset((f"{W}drawing", f"{W}pict", f"{W}object"))


@dataclass(slots=True)
class Shown:
    """The visible content of a paragraph."""

    text: list[str] = field(default_factory=list)
    boxes: list[Any] = field(default_factory=list)  # w:txbxContent and a:txBody, in order
    notes: list[tuple[str, str]] = field(default_factory=list)  # footnote or endnote, and its w:id


class RunReader:
    """Reads the runs of paragraphs in order, because fields may extend over several.

    Args:
        root: root of the part; fields without an end are found first, because they hide nothing.
        styles: the styles of the document.
    """

    def __init__(self, root: Any, styles: Styles) -> None:
        self._styles = styles
        self._fields: list[Field] = []
        self._closed = _closed_fields(root)
        self._has_raised = next(root.iter(f"{W}position"), None) is not None
        self._before: tuple[Any, str] | None = None  # properties and style of the previous run on its line

    @property
    def is_skipping(self) -> bool:
        """Whether the text of a field, such as a table of contents, is being skipped."""
        return any(each.is_skipped for each in self._fields)

    def read(self, paragraph: Any, paragraph_style: str) -> Shown:
        """Return the visible content of a paragraph (w:p); `paragraph_style` is the id of its style."""
        shown = Shown()
        self._before = None
        self._read_parts(paragraph, paragraph_style, shown)
        if _PICTURE in shown.text:
            shown.text = [_mark_digits("".join(shown.text))]
        return shown

    def _put(self, text: str, shown: Shown) -> None:
        for each in reversed(self._fields):
            if not each.in_result:
                each.code.append(text)
                return
            if each.is_skipped:
                return
        shown.text.append(text)

    def _read_parts(self, parent: Any, style: str, shown: Shown) -> None:
        """Read runs, also inside links, insertions, smart tags, content controls and other containers."""
        for node in parent:
            tag = node.tag
            if tag == f"{W}r":
                self._read_run(node, style, shown)
            elif tag in GONE:
                continue
            elif tag == f"{W}sdt":
                if not is_placeholder(node):
                    self._read_parts(node, style, shown)
            elif tag == f"{W}fldSimple":
                if not shows_no_text(node.get(f"{W}instr", "")):
                    self._read_parts(node, style, shown)
            elif tag == ALTERNATE:
                chosen = choose_alternative(node)
                if chosen is not None:
                    self._read_parts(chosen, style, shown)
            elif tag.startswith(M):
                self._put(_read_math(node), shown)
            elif tag == f"{W}bdo" and node.get(f"{W}val") == "rtl":
                inner = Shown(boxes=shown.boxes, notes=shown.notes)
                self._read_parts(node, style, inner)
                self._put("".join(inner.text)[::-1], shown)
            else:
                self._read_parts(node, style, shown)

    def _read_run(self, run: Any, style: str, shown: Shown) -> None:
        properties = run.find(f"{W}rPr")
        is_hidden = self._styles.hides(run, properties, style)
        for node in run:
            tag = node.tag
            if tag == f"{W}fldChar":
                self._read_field_mark(node, Shown() if is_hidden else shown)
            elif tag == f"{W}instrText":
                if self._fields and not self._fields[-1].in_result:
                    self._fields[-1].code.append(node.text or "")
            elif not is_hidden:
                if tag in (f"{W}footnoteReference", f"{W}endnoteReference"):
                    shown.notes.append((tag[len(W) : -len("Reference")], node.get(f"{W}id", "")))
                    if node.get(f"{W}customMarkFollows") in TRUE:
                        break  # the mark follows
                self._read_run_part(node, properties, style, shown)

    def _read_run_part(self, node: Any, properties: Any, style: str, shown: Shown) -> None:
        tag = node.tag
        if tag == f"{W}t":
            text = _read_words(node.text or "", properties)
            align = self._styles.align(properties, style)
            if align in ("superscript", "subscript"):
                text = write_raised(text, align == "subscript")
            elif (
                self._has_raised and not LONG_NUMBER.fullmatch(text) and self._is_set_high(properties, style)
            ):
                text = write_raised(text)
            else:
                self._before = properties, style
            self._put(text, shown)
        elif tag in _SPACES:
            self._put(_SPACES[tag], shown)
        elif tag == f"{W}sym":
            code = node.get(f"{W}char", "")
            if code and all(digit in "0123456789abcdefABCDEF" for digit in code):
                self._put(read_symbol(int(code, 16), node.get(f"{W}font", "")), shown)
        elif tag == f"{W}ruby":
            for base in node.iter(f"{W}rubyBase"):
                self._read_parts(base, style, shown)
        elif tag in _DRAWN:
            boxes = list(find_boxes(node))
            typed = _read_typed(node, boxes)
            shown.boxes += [] if typed else boxes
            self._put(typed or (_PICTURE if _is_low_picture(node) else ""), shown)
        elif tag == ALTERNATE:
            chosen = choose_alternative(node)
            for child in () if chosen is None else chosen:
                self._read_run_part(child, properties, style, shown)

    def _is_set_high(self, properties: Any, style: str) -> bool:
        """Return whether a run is set high by hand: smaller than the run before it, and raised above its middle."""
        raised = value_of(properties, "position")
        if self._before is None or not raised.isdecimal():
            return False
        size, usual = self._styles.size(properties, style), self._styles.size(*self._before)
        return size <= _SMALL * usual and int(raised) > _MIDDLE * (usual - size)

    def _read_field_mark(self, node: Any, shown: Shown) -> None:
        kind = node.get(f"{W}fldCharType")
        if kind == "begin":
            if node in self._closed:
                self._fields.append(Field(choice=_read_choice(node)))
        elif self._fields and node in self._closed:
            if kind == "separate":
                self._fields[-1].begin_result()
            elif kind == "end":
                ended = self._fields.pop()
                if ended.choice or not ended.in_result:
                    self._put(ended.choice or read_unshown("".join(ended.code)), shown)


def _read_choice(mark: Any) -> str:
    """Return the entry shown by a drop-down field (17.16.9): the chosen one, else the first; else empty."""
    entries = mark.find(f"{W}ffData/{W}ddList")
    if entries is None:
        return ""
    chosen = value_of(entries, "result") or value_of(entries, "default") or "0"
    words = [entry.get(f"{W}val", "") for entry in entries.findall(f"{W}listEntry")]
    return words[int(chosen)] if chosen.isdecimal() and int(chosen) < len(words) else ""


def _closed_fields(root: Any) -> set[Any]:
    """Return the marks of fields that have a beginning and an end, except deleted ones."""
    closed: set[Any] = set()
    opened: list[list[Any]] = []
    for node in root.iter(f"{W}fldChar"):
        if any(ancestor.tag in GONE for ancestor in node.iterancestors()):
            continue
        kind = node.get(f"{W}fldCharType")
        if kind == "begin":
            opened.append([node])
        elif opened:
            opened[-1].append(node)
            if kind == "end":
                closed.update(opened.pop())
    return closed


def _read_typed(drawing: Any, boxes: Sequence[Any]) -> str:
    """Return the number in a text box that stands in the line; empty for other drawings."""
    if len(boxes) != 1 or boxes[0].tag != BOX:
        return ""
    shape = drawing.find(f"{V}shape")
    style = "" if shape is None else shape.get("style", "absolute")
    if drawing.find("{*}inline") is None and (not style or "absolute" in style):
        return ""
    words = "".join(text.text or "" for text in boxes[0].iter(f"{W}t")).strip()
    return words if _NUMBER.fullmatch(words) else ""


def _is_low_picture(drawing: Any) -> bool:
    """Return whether a drawing is a picture in the line, no higher than a line of print."""
    inline = drawing.find("{*}inline")
    if inline is not None:
        height = inline.find("{*}extent")
        is_low = height is not None and integer(height.get("cy", ""), _MAX_EMU + 1) <= _MAX_EMU
        return is_low and next(inline.iter(f"{A}blip"), None) is not None
    shape = drawing.find(f"{V}shape")
    style = "" if shape is None else shape.get("style", "")
    height = _HEIGHT.search(style)
    return (
        height is not None
        and "absolute" not in style
        and float(height[1]) <= _MAX_POINTS
        and shape.find(f"{V}imagedata") is not None
    )


def _mark_digits(text: str) -> str:
    """Return text with a lost character for pictures between a Chinese character and a unit, without others."""
    parts = re.split(f"{_PICTURE}+", text)
    whole = parts[0]
    for part in parts[1:]:
        whole += (LOST if lacks_number(whole, part) else "") + part
    return whole


def is_placeholder(control: Any) -> bool:
    """Return whether a content control only shows a placeholder or a table of contents."""
    properties = control.find(f"{W}sdtPr")
    return properties is not None and (
        (is_on(properties, "showingPlcHdr") is True and _asks(control))
        or value_of(properties, "docPartObj/docPartGallery").lower() == "table of contents"
    )


def _asks(control: Any) -> bool:
    """Return whether a control asks for something: programs that fill one in often leave it marked as empty."""
    words = "".join(text.text or "" for text in control.iter(f"{W}t"))
    return not any(map(str.isdecimal, words)) or PROMPT.search(words) is not None


def _read_words(text: str, properties: Any) -> str:
    if is_blackened(properties):
        return LOST if _DIGIT.search(text) else ""
    if "\n" in text or "\r" in text:  # from programs that indent markup; Word reads a line end as a space
        text = " ".join(text.split())
    if not text.isascii():
        fonts = None if properties is None else properties.find(f"{W}rFonts")
        if fonts is not None:
            font = next((name for key in ("ascii", "hAnsi", "eastAsia") if (name := fonts.get(W + key))), "")
            text = read_private(text, font)
    return text


def _read_math(node: Any) -> str:
    """Return a formula on one line, with fractions as 1/3 and powers as 10^4."""
    if node.tag == f"{M}t":
        return node.text or ""
    marks = {f"{M}f": ("num", "/", "den"), f"{M}sSup": ("e", "^", "sup")}
    if node.tag in marks:
        first, mark, second = marks[node.tag]
        parts = [
            "".join(map(_read_math, part)) for name in (first, second) for part in node.findall(M + name)
        ]
        return mark.join(parts)
    return "".join(_read_math(child) for child in node if isinstance(child.tag, str))
