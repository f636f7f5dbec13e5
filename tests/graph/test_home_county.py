"""FAZHI_COUNTY decides between namesakes, and changing it reads the files again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from orchestration.refreshes import fingerprint_inputs
from orchestration.settings import load_settings
from tests.graph.conftest import Installation


def test_a_change_of_the_home_county_is_a_change_of_inputs(tmp_path: Path) -> None:
    settings = replace(load_settings(), reports=tmp_path, county=None)
    home = fingerprint_inputs(replace(settings, county="铜梁区"))
    assert fingerprint_inputs(settings) == fingerprint_inputs(settings) != home
    # otherwise `make run` would find nothing new and write no workbooks
    assert fingerprint_inputs(replace(settings, county_workbooks=3000)) != fingerprint_inputs(settings)


def test_the_home_county_settles_a_namesake_and_its_change_reads_again(
    install: Callable[[], Installation],
) -> None:
    text = "太平镇2024年法治政府建设情况报告\n2024年，我们推进依法行政，法治工作有序。\n一、主要做法\n全年学法6次。\n"
    small = install()
    small.write("a.txt", text)
    assert small.run(only_raw=True).success
    found = "select county_code, resolution from raw.documents"
    assert small.query(found) == [(None, "ambiguous")]
    small.settings = replace(small.settings, county="铜梁区")
    assert small.run(only_raw=True).success
    assert small.query(found) == [("500151", "inferred")]
