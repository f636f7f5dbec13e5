"""The county above a township, as its report names it: in 中共某县委、某县政府 and in document titles."""

from __future__ import annotations

import re

from orchestration.pipeline.identify.gazetteer import Gazetteer, Place
from orchestration.pipeline.vocabulary import AdminLevel

_SUPERIOR_CHARS = 1500  # addressee, introduction and first headings
_OFFICES = re.compile(r"(?:委(?!托|派|员会办公厅)|党委|人民政府|政府(?!采购)|党工委|管委会|全面依法治)")
_OPENING_MARK = re.compile(r"[《〈<“]\s*(?:关于)?(?:印发|转发)?[〈<《]?(?:20\d\d年)?")


def superior_places(text: str, gazetteer: Gazetteer) -> list[Place]:
    """Return the county whose party committee or government the text's beginning names; empty for several.

    Cities and provinces are ignored, because every township's report mentions them.
    """
    found = {
        place.name: place
        for place in gazetteer.spot_places(text[:_SUPERIOR_CHARS])
        if place.level == AdminLevel.COUNTY and _OFFICES.match(text, place.end)
    }
    return list(found.values()) if len(found) == 1 else []


def cited_places(text: str, gazetteer: Gazetteer) -> list[Place]:
    """Return the county whose documents a text cites (《铜梁区2025年法治政府建设工作要点》); empty for several."""
    found: dict[str, Place] = {}
    for mark in _OPENING_MARK.finditer(text):
        begin = mark.end()
        while places := gazetteer.match_place(text, begin, short=False):  # 重庆市, then 铜梁区
            counties = [place for place in places if place.level == AdminLevel.COUNTY]
            if counties:
                found[counties[0].name] = counties[0]
                break
            begin = places[0].end
    return list(found.values()) if len(found) == 1 else []
