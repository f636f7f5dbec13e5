"""Kinds of disputes: 化解劳资纠纷12件 is only a part of a year's disputes, although no others are mentioned.

This module separates one kind from all kinds (婚姻、土地等纠纷). Kinds: role `dispute_kind` of figure_words.csv.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from orchestration.pipeline.extract.assignment import Assigned
from orchestration.pipeline.extract.catalogue import Indicator
from orchestration.pipeline.extract.context import DISPUTE, Clause
from orchestration.pipeline.vocabulary import Scope

_DOMAIN = "disputes"
_UNITS = ("case", "generic", "event")
_BEHIND = 6  # maximum characters between 纠纷 and the number: 纠纷调解成功
_MORE = re.compile(
    r"""
    (?: [、和及与或] | 等 ) (?! 化解 | 调解 | 调处 | 处理 | 处置 | 解决 | 受理 | 办理 | 排查 ) [一-鿿]{0,4} \Z
  | 各[类种] \Z | 街坊 \Z                              # e.g. 草场、牲畜买卖; not 流转、化解疑难纠纷
    """,
    re.VERBOSE,
)  # 草场、牲畜买卖纠纷
_JOINTS = ("、", "和", "及", "与", "或", "等")
# an outcome continues the kind before it: 成功11件
_OUTCOME = re.compile("[，、；]?[已均全部就地]*(?:成功|办结|了结|调成|调结|化解|解决|调解){1,3}[了共计]*")


def mark_kinds(
    assigned: Sequence[Assigned], indicators: Mapping[str, Indicator], kinds: re.Pattern[str]
) -> None:
    """Mark figures of a single kind of disputes, and of their outcome, as parts.

    调处跨省纠纷9起，成功8起; not 调处土地、婚姻等纠纷86件, nor the outcomes after it

    Args:
        assigned: the figures of a sentence.
        indicators: the catalogue's indicators by id.
        kinds: `dispute_kind` of the context rules.
    """
    of_kind = 0.0  # value of the last figure of one kind; 0 without one
    for one in assigned:
        reading, indicator_id = one.reading, one.indicator_id
        figure, clause = reading.figure, reading.clause
        if (
            indicator_id is None
            or indicators[indicator_id].domain_id != _DOMAIN
            or figure.unit_class not in _UNITS
            or figure.is_denial
        ):
            continue
        if _names_kinds(clause, kinds, is_list=of_kind > 0):
            of_kind = figure.value
        elif figure.value > of_kind or not _OUTCOME.fullmatch(clause.left):
            of_kind = 0.0
        if of_kind:
            reading.scope = reading.own_scope = Scope.PARTIAL


def _names_kinds(clause: Clause, kinds: re.Pattern[str], is_list: bool) -> bool:
    """Return whether a clause names a kind of disputes; several kinds only count after another one (`is_list`)."""
    place = clause.left.rfind(DISPUTE)
    end = place + len(DISPUTE)
    if place >= 0 and len(clause.left) - end <= _BEHIND:
        found = next((match for match in kinds.finditer(clause.left) if match.end() == end), None)
        return (
            found is not None
            and (is_list or not _MORE.search(clause.left[: found.start()]))
            and not clause.left[end:].startswith(_JOINTS)
        )
    found = kinds.match(clause.right)
    return found is not None and not clause.right[found.end() :].startswith(_JOINTS)
