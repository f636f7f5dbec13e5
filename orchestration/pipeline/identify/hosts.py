"""Official web sites as evidence: known hosts (official_hosts.csv), and pinyin: tengzhou, cqtl for 重庆铜梁."""

from __future__ import annotations

import re

from orchestration.pipeline.identify.divisions import County
from orchestration.pipeline.identify.evidence import Evidence
from orchestration.pipeline.identify.gazetteer import Gazetteer
from orchestration.pipeline.identify.inference import CountySearch, settle_county
from orchestration.pipeline.vocabulary import Resolution

_HOST = re.compile(
    r"""
    (?<![\w.-]) ( (?: [a-z0-9-]{1,30} \. ){1,5} gov\.cn ) (?![\w-])    # e.g. www.abc.gov.cn   //m.abc.gov.cn/
    """,
    re.ASCII | re.IGNORECASE | re.VERBOSE,  # in Unicode, \w includes Chinese: 网址www.abc.gov.cn
)
_NO_PLACE = frozenset(("www", "gov", "cn", "zwgk", "xxgk", "public", "portal", "zf", "m", "wap"))
_MIN_SPELT_CHARS = 5
_MIN_INITIALS = 4  # of province or city plus county: cqfd, hhpb


def find_hosts(evidence: Evidence) -> list[str]:
    """Return the distinct official hosts in the side file, the page's fields, header and footer, in order."""
    clean = evidence.clean
    fields = (evidence.side.get("source_url"), *clean.fields.values(), clean.header, clean.footer)
    return list(dict.fromkeys(host.lower() for text in fields if text for host in _HOST.findall(text)))


def narrow_by_hosts(search: CountySearch, hosts: list[str], gazetteer: Gazetteer) -> None:
    """Settle the county by a known host, or by its pinyin or initials (after the city's) in a host."""
    codes = {one.county_code for one in search.candidates}
    for host in hosts:
        known = _find_known(host, gazetteer)
        if known is not None:
            if known in codes:
                settle_county(search, gazetteer.counties[known], Resolution.INFERRED, f"the site {host}")
                return
            continue  # another county's site; its spelling is not evidence
        labels = set(host.split(".")) - _NO_PLACE
        fitting = [code for code in codes if labels & spell_labels(gazetteer.counties[code], gazetteer)]
        if len(fitting) == 1:
            settle_county(search, gazetteer.counties[fitting[0]], Resolution.INFERRED, f"the site {host}")
            return


def _find_known(host: str, gazetteer: Gazetteer) -> str | None:
    """Return the county code of a known host or of its parent domain: www.zhuxi.gov.cn is under zhuxi.gov.cn."""
    labels = host.split(".")
    for start in range(len(labels) - 2):
        if code := gazetteer.hosts.get(".".join(labels[start:])):
            return gazetteer.former_codes.get(code, code)
    return None


def spell_labels(county: County, gazetteer: Gazetteer) -> set[str]:
    """Return host labels that mean a county: tengzhou, tengzhoushi, sdtz, zztz for 山东省枣庄市滕州市."""
    syllables = county.pinyin.split()
    spelt = "".join(syllables)
    labels = {spelt, f"{spelt}qu", f"{spelt}xian", f"{spelt}shi"} if len(spelt) >= _MIN_SPELT_CHARS else set()
    initials = "".join(syllable[0] for syllable in syllables)
    for above in {county.province_name, county.city_name}:
        letters = "".join(syllable[0] for syllable in gazetteer.pinyin.get(above, "").split())
        if letters and len(letters + initials) >= _MIN_INITIALS:
            labels.add(letters + initials)
    return labels
