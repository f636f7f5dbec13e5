"""Find the township that a person means: 500151-太平镇, 铜梁区太平镇, 重庆市铜梁区太平镇, or 太平镇 if unique."""

from __future__ import annotations

import difflib
import re
import unicodedata

from orchestration.pipeline.corrections.cells import BadValueError
from orchestration.pipeline.corrections.values import TownshipFinder
from orchestration.pipeline.identify.gazetteer import Gazetteer
from orchestration.pipeline.records import Township

_KEY = re.compile(r"(\d{6})[-—_ ]?(\S+)")
_SHORT_NAME = re.compile(r"(?:自治)?[县市区旗省]$")
_SHOWN = 4


def township_finder(gazetteer: Gazetteer, home_county: str | None = None) -> TownshipFinder:
    """Return a function that finds county code and name of a township as a person wrote it.

    Args:
        gazetteer: all townships.
        home_county: code of the county of this installation; among namesakes, its own is meant.
    """

    def find(text: str) -> tuple[str, str]:
        written = unicodedata.normalize("NFKC", text).strip()
        if match := _KEY.fullmatch(written):
            return _find_by_code(match[1], match[2], gazetteer)
        found = _find_by_name(written.replace(" ", ""), gazetteer)
        at_home = [one for one in found if one.county_code == home_county]
        if len(at_home) == 1:
            found = at_home
        if len(found) == 1:
            return found[0].county_code, found[0].unit_name
        if found:
            names = "、".join(full_name(one) for one in found[:_SHOWN])
            raise BadValueError(
                "ambiguous_township", f"叫“{text}”的有{len(found)}处，请写明省市县：{names}",
                f"{len(found)} townships are called {text!r}: {names}", full_name(found[0]),
            )  # fmt: skip
        nearest = _find_nearest(written, gazetteer)
        raise BadValueError(
            "unknown_township", f"没有“{text}”这个乡镇街道" + (f"；最接近的是“{nearest}”" if nearest else ""),
            f"no township is called {text!r}", nearest,
        )  # fmt: skip

    return find


def full_name(township: Township) -> str:
    """Return a township's full name (重庆市铜梁区太平镇): province, city if different, county, township."""
    names = dict.fromkeys(
        (township.province_name, township.city_name, township.county_name, township.unit_name)
    )
    return "".join(name for name in names if name)


def _find_by_code(code: str, name: str, gazetteer: Gazetteer) -> tuple[str, str]:
    """Return a township by its key; a new one that the gazetteer lacks is accepted in a known county."""
    code = gazetteer.former_codes.get(code, code)
    named = gazetteer.name_unit(name)
    if code not in gazetteer.counties or named is None:
        what = f"没有代码为{code}的区县" if named else f"“{name}”不像乡镇街道名称"
        raise BadValueError(
            "unknown_township", what, f"no township has the key {code}-{name}", _find_nearest(name, gazetteer)
        )
    return code, named[0]


def _find_by_name(text: str, gazetteer: Gazetteer) -> list[Township]:
    """Return the townships with the longest name that ends the text and with only their places before it."""
    for start in range(len(text) - 1):
        named = gazetteer.name_unit(text[start:])
        if named is None:
            continue
        if found := [one for one in gazetteer.find_units(named[0]) if _is_path(text[:start], one)]:
            return found
    return []


def _is_path(text: str, township: Township) -> bool:
    """Return whether a text consists of a township's province, city and county, each at most once, in order."""
    for name in (township.province_name, township.city_name, township.county_name):
        for form in (name, _SHORT_NAME.sub("", name)):
            if len(form) > 1 and text.startswith(form):
                text = text[len(form) :]
                break
    return not text


def _find_nearest(text: str, gazetteer: Gazetteer) -> str | None:
    """Return the full name of the township most similar to the text, or None."""
    stem = text[-6:]
    close = difflib.get_close_matches(stem, {one.unit_name for one in gazetteer.townships}, n=1, cutoff=0.6)
    return full_name(gazetteer.find_units(close[0])[0]) if close else None
