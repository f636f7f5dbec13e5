"""Fixtures for a real Chromium from the system's packages; tests are skipped if it is missing."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestration.settings import PROJECT_DIR
from tests.explorer_server import Server, Site
from tests.graph.conftest import Installation, copy_of, install, install_samples, refresh  # noqa: F401  # fixtures

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CHROMEDRIVER = shutil.which("chromedriver")
_FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--lang=zh-CN",
)  # fmt: skip

LATE = (
    "重庆市铜梁区巴川街道2024年度法治政府建设情况报告",
    "发布日期：2025-05-20",
    "一、2024年工作举措和成效",
    "（一）化解矛盾纠纷。全年排查矛盾纠纷60件，其中成功化解75件，群众满意度不断提高。",
    "（二）加强普法宣传。全年开展法治宣传活动12场次，发放宣传资料2000余份。",
    "二、2025年工作安排",
    "继续推进法治宣传，提高群众的法治意识。",
)
NAMESAKE = (
    "太平镇2023年度法治政府建设情况报告",
    "一、2023年工作举措和成效",
    "（一）化解矛盾纠纷。全年排查矛盾纠纷31件，成功化解31件，群众满意度不断提高。",
    "二、存在的不足和原因",
    "执法力量不足，法治宣传形式单一。",
    "三、2024年工作安排",
    "继续推进法治宣传，提高群众的法治意识。",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if CHROMIUM and CHROMEDRIVER:
        return
    here = str(PROJECT_DIR / "tests" / "browser")
    reason = "NO BROWSER: install the packages chromium and chromium-driver to run tests/browser"
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="module")
def own(install_samples: Callable[[], Installation]) -> Installation:  # noqa: F811
    """The samples, with a report that contains script code; tests may refresh it."""
    installation = install_samples()
    (county,) = [path for path in installation.settings.reports.rglob("*") if path.name == "铜梁区"]
    lines = (
        "重庆市铜梁区少云镇2024年度法治政府建设情况报告",
        "一、2024年工作举措和成效",
        "（一）&lt;script&gt;window.broken=1&lt;/script&gt;加强调解。全年调解矛盾纠纷37件，"
        "&lt;img src=x onerror=window.broken=1&gt;开展普法宣传12场。",
        "二、存在的不足",
        "执法力量不足。",
        "三、2025年工作安排",
        "继续推进法治宣传。",
    )
    page = "<html><head><meta charset='utf-8'></head><body>" + "".join(f"<p>{line}</p>" for line in lines)
    (county / "hostile.html").write_text(page + "</body></html>", encoding="utf-8")
    # an invented report that is late, lacks two parts and has misprints; another one with a common township name
    (county / "late.txt").write_text("\n".join(LATE), encoding="utf-8")
    (installation.settings.reports / "namesake.txt").write_text("\n".join(NAMESAKE), encoding="utf-8")
    return refresh(installation)


@pytest.fixture(scope="module")
def site(own: Installation) -> Iterator[Site]:
    with Server(own.settings) as site:
        yield site


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Any]:
    """A new browser with an empty profile, 1280 px wide. At the end: no script error, no request elsewhere."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*_FLAGS, f"--user-data-dir={tmp_path / 'profile'}", "--window-size=1280,900"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(str(CHROMEDRIVER)))
    driver.set_page_load_timeout(60)
    try:
        yield driver
        messages = [json.loads(entry["message"])["message"] for entry in driver.get_log("performance")]
        asked = {
            message["params"]["request"]["url"]
            for message in messages
            if message["method"] == "Network.requestWillBeSent"
        }
        network = {url for url in asked if url.startswith(("http", "ws"))}  # not the browser's own pages
        elsewhere = {url for url in network if not url.startswith("http://127.0.0.1:")}
        assert elsewhere == set()
        # a skipped test makes no requests
        assert network or driver.current_url == "data:,", "no request was seen"
        wrong = [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
        # intended responses such as 400 are logged too, but are not script errors
        assert [
            entry["message"] for entry in wrong if "Failed to load resource" not in entry["message"]
        ] == []
    finally:
        driver.quit()
