"""The five tasks of a 司法局 officer on the page: what they find, in how many clicks and seconds.

`pytest tests/browser/test_officers_tasks.py -s` prints the table. Clicks count from the first page, which links
to the home county; typing a value is one click. Seconds are those of browser and page, without a person's.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from orchestration.explorer.decisions import read_decisions
from tests.browser.pages import find, new_page, wait_for
from tests.explorer_server import TOKEN, Server, Site
from tests.graph.conftest import Installation

COUNTY = "500151"


@dataclass
class Officer:
    """Somebody with a browser who counts their clicks."""

    browser: Any
    clicks: int = 0
    started: float = field(default_factory=time.perf_counter)

    def click(self, css: str, words: str = "") -> None:
        """Click the first element that matches the selector and contains the words."""
        found = [one for one in self.browser.find_elements("css selector", css) if words in one.text]
        assert found, f"nothing to click: {css} {words}"
        found[0].click()
        self.clicks += 1

    def type(self, css: str, text: str) -> None:
        box = find(self.browser, css)
        box.clear()
        box.send_keys(text)
        self.clicks += 1

    def finish(self, task: str, most: int) -> None:
        """Print clicks and seconds; fail on more clicks than `most`."""
        seconds = time.perf_counter() - self.started
        print(f"| {task} | {self.clicks} | {seconds:.1f} |")
        assert self.clicks <= most, f"{task} took {self.clicks} clicks"


@pytest.fixture(scope="module")
def site(own: Installation) -> Iterator[Site]:
    with Server(own.settings, home_county=COUNTY) as site:
        yield site


@pytest.fixture
def officer(browser: Any, site: Site) -> Officer:
    """An officer on the first page, logged in by the address with the token."""
    browser.get(f"{site.origin}/review?token={TOKEN}")
    browser.get(f"{site.origin}/")
    return Officer(browser)


def open_desk(officer: Officer) -> None:
    officer.click("header nav a", "铜梁区")
    year = find(officer.browser, "form.years select")
    if year.get_attribute("value") != "2024":
        with new_page(officer.browser):  # a script loads the chosen year at once
            year.send_keys("2024")
        officer.clicks += 1
        assert "year=2024" in officer.browser.current_url


def row_of(officer: Officer, unit_name: str) -> str:
    """Return the text of a township's row in the county's list."""
    officer.click("nav.jump a", "各乡镇街道")
    rows = officer.browser.find_elements("css selector", "#t-townships tbody tr")
    return next(row.text for row in rows if unit_name in row.text)


def test_who_has_not_reported(officer: Officer) -> None:
    open_desk(officer)
    missing = find(officer.browser, "#missing").text
    assert "维新镇" in missing
    assert "巴川街道" not in missing
    officer.finish("未报送", most=2)


def test_who_is_late(officer: Officer) -> None:
    open_desk(officer)
    assert "迟报49天" in row_of(officer, "巴川")
    officer.finish("迟报", most=3)


def test_whose_report_lacks_a_part(officer: Officer) -> None:
    open_desk(officer)
    row = row_of(officer, "巴川")
    assert "第一责任人" in row
    assert "不足" in row
    officer.finish("缺要素", most=3)


def test_which_figures_are_doubtful_and_where_they_are(officer: Officer) -> None:
    open_desk(officer)
    officer.click("nav.jump a", "数字存疑")
    assert "75" in find(officer.browser, "#t-doubts").text
    officer.click("#t-doubts tbody tr a", "75")
    mark = wait_for(lambda: officer.browser.find_elements("css selector", ".fig.chosen, .fig:target"))[0]
    assert mark.text.startswith("75")
    top = mark.rect["y"] - officer.browser.execute_script("return window.scrollY")
    assert 0 <= top < 900
    officer.finish("存疑", most=4)


def test_a_figure_is_corrected(officer: Officer, site: Site) -> None:
    open_desk(officer)
    officer.click("#t-doubts tbody tr a", "核对")
    officer.type("input[name=person]", "张三")
    officer.type("input[name=value]", "57")
    with new_page(officer.browser):
        officer.click("button[value=correct]")
    written = read_decisions(site.corrections)
    assert (written[-1].decision.value, written[-1].decision.person) == ("57", "张三")
    assert "张三：等待" in find(officer.browser, "#t-doubts tbody").text  # back on the desk
    officer.finish("更正", most=6)


def test_a_report_of_a_township_with_namesakes_is_claimed(officer: Officer, site: Site) -> None:
    officer.click("header nav a", "铜梁区")
    officer.click("nav.jump a", "待认领")
    claim = find(officer.browser, "#claims")
    assert "太平镇2023年度" in claim.text
    if not find(officer.browser, "#claims input[name=person]").get_attribute("value"):
        officer.type("#claims input[name=person]", "李四")
    shown = [
        one for one in officer.browser.find_elements("css selector", "#claims button") if one.is_displayed()
    ]
    # namesakes in other counties need one more click
    assert [one.text for one in shown] == ["认领为 重庆市 铜梁区 太平镇"]
    with new_page(officer.browser):
        officer.click("#claims button", "铜梁区 太平镇")
    assert f"/counties/{COUNTY}" in officer.browser.current_url
    assert "等待" in find(officer.browser, "#claims .state").text
    decision = read_decisions(site.corrections)[-1].decision
    assert (decision.township, decision.quantity_id) == (f"{COUNTY}-太平镇", "")
    officer.finish("认领", most=4)
