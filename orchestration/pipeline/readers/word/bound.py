"""Content controls that show a value of the document's data (17.5.2.6), which Word fills in again when it opens a file.

Programs that fill in forms often change the data only; the text in the control is then an old copy.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from orchestration.pipeline.readers.ooxml.markup import W
from orchestration.pipeline.readers.ooxml.opc import Package

_STORE_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/customXml}itemID"
_STEP = re.compile(
    r"""
    / (?:(?P<prefix> [\w.-]+ ):)? (?P<name> [\w.-]+ ) (?: \[ \s* (?P<number> \d{1,4} ) \s* \] )?     # e.g. /a:row[2]
    | /@ (?:(?P<space> [\w.-]+ ):)? (?P<attribute> [\w.-]+ ) $
    """,
    re.VERBOSE,
)
_SPACE = re.compile(
    r"""
    xmlns: ([\w.-]+) \s* = \s* (?: "([^"]*)" | '([^']*)' )        # e.g. xmlns:a='urn:a'
    """,
    re.VERBOSE,
)
_PLAIN = (f"{W}text", f"{W}comboBox", f"{W}dropDownList")  # kinds whose value is the text shown


def fill_bound_controls(root: Any, package: Package, part: str) -> None:
    """Write the values of the document's data into the controls that show them; changes the tree."""
    bound = list(root.iter(f"{W}dataBinding"))
    stores = dict(_list_stores(package, part)) if bound else {}
    for binding in bound:
        properties = binding.getparent()
        control = None if properties is None else properties.getparent()
        store = stores.get(binding.get(f"{W}storeItemID", "").lower())
        if control is None or store is None or not any(properties.find(kind) is not None for kind in _PLAIN):
            continue
        value = _find_value(store, binding)
        shown = _name_choice(properties, value) if value else ""
        texts = list(control.iter(f"{W}t"))
        written = "".join(text.text or "" for text in texts)
        if shown and texts and _join(written) != _join(shown):
            texts[0].text = shown
            for other in texts[1:]:
                other.text = ""


def _join(text: str) -> str:
    """Return a text without white space: a line end of the data is an element of the control."""
    return "".join(text.split())


def _list_stores(package: Package, part: str) -> Iterator[tuple[str, Any]]:
    """Yield the id, in lower case, and root of each part with data."""
    for relation in package.relations(part).values():
        if relation.kind != "customXml" or relation.target not in package:
            continue
        described = package.related(relation.target, "customXmlProps")
        if described is not None:
            yield package.xml(described).get(_STORE_ID, "").lower(), package.xml(relation.target)


def _find_value(store: Any, binding: Any) -> str:
    """Return the value at a path of elements by number, the only kind that Word writes; empty if there is none."""
    path = binding.get(f"{W}xpath", "")
    mappings = _SPACE.findall(binding.get(f"{W}prefixMappings", ""))
    spaces = {prefix: double or single for prefix, double, single in mappings}
    steps = list(_STEP.finditer(path))
    if not steps or "".join(step[0] for step in steps) != path:
        return ""
    node, children = store, [store]
    for step in steps:
        if step["attribute"]:
            space = spaces.get(step["space"] or "", "")
            return str(node.get(f"{{{space}}}{step['attribute']}" if space else step["attribute"], ""))
        space = spaces.get(step["prefix"] or "", "")
        tag = f"{{{space}}}{step['name']}" if space else step["name"]
        named = [child for child in children if child.tag == tag]
        place = int(step["number"] or 1)
        if not 1 <= place <= len(named):
            return ""
        node = named[place - 1]
        children = list(node)
    return "".join(node.itertext()).strip()


def _name_choice(properties: Any, value: str) -> str:
    """Return what a list shows for a value; other controls show the value."""
    for item in properties.iter(f"{W}listItem"):
        if item.get(f"{W}value") == value:
            return str(item.get(f"{W}displayText") or value)
    return value
