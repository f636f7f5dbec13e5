"""What people do on the page, in a real browser: search, read, correct, and see the correction applied."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest

from orchestration.explorer.decisions import read_decisions
from tests.browser.pages import find, new_page, wait_for
from tests.explorer_server import TOKEN, Site
from tests.graph.conftest import Installation


def report_of(own: Installation, unit_name: str) -> str:
    return own.query(
        f"select report_id from marts.dim_report where unit_name = '{unit_name}'", published=True
    )[0][0]


def figure_of(own: Installation, report_id: str, surface: str) -> str:
    sql = f"select quantity_id from marts.fct_quantity where report_id = '{report_id}' and surface = '{surface}'"
    return own.query(sql, published=True)[0][0]


def test_from_a_search_to_the_sentence_in_its_report(browser: Any, site: Site) -> None:
    browser.get(site.origin)
    box = find(browser, "header input[type=search]")
    box.send_keys("矛盾纠纷548件")
    with new_page(browser):
        box.submit()
    assert "/search" in browser.current_url
    find(browser, ".results li p a").click()
    marked = wait_for(lambda: browser.find_elements("css selector", "mark#at"))[0]
    assert "548件" in marked.text
    top = marked.rect["y"] - browser.execute_script("return window.scrollY")
    assert 0 <= top < 900  # the mark is in view


def test_a_mark_is_at_its_figure_and_describes_it(browser: Any, own: Installation, site: Site) -> None:
    report_id = report_of(own, "太平镇")
    quantity_id = figure_of(own, report_id, "1278件")
    browser.get(f"{site.origin}/reports/{report_id}#q-{quantity_id}")
    mark = find(browser, f"[id='q-{quantity_id}']")
    assert mark.text == "1278件"
    sentence = mark.find_element("xpath", "..").text
    assert "办理各类服务事项1278件" in sentence
    top = mark.rect["y"] - browser.execute_script("return window.scrollY")
    assert 0 <= top < 900
    detail = find(browser, "#detail")
    assert detail.is_displayed() and "政务服务" in detail.text and "1,278" in detail.text
    other = find(browser, f"[id='q-{figure_of(own, report_id, '548件')}']")
    other.click()
    assert "548" in detail.text
    assert browser.current_url.endswith(other.get_attribute("id"))


def test_a_text_with_html_in_it_is_shown_as_text(browser: Any, own: Installation, site: Site) -> None:
    browser.get(f"{site.origin}/reports/{report_of(own, '少云镇')}")
    article = find(browser, "article.text")
    assert "<script>window.broken=1</script>" in article.text
    assert "<img src=" in article.text
    assert browser.execute_script("return window.broken") is None
    assert article.find_elements("css selector", "script, img") == []
    for words in ("<script>", "onerror="):
        browser.get(f"{site.origin}/search?q={words.replace('<', '%3C').replace('>', '%3E')}")
        assert browser.execute_script("return window.broken") is None


def test_the_page_can_be_read_without_scripts(browser: Any, own: Installation, site: Site) -> None:
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    report_id = report_of(own, "太平镇")
    browser.get(f"{site.origin}/reports/{report_id}")
    quantity_id = figure_of(own, report_id, "548件")
    mark = find(browser, f"[id='q-{quantity_id}']")
    assert "548件" in mark.get_attribute("title")
    assert mark.get_attribute("href").endswith(f"#f-{quantity_id}")
    assert "548" in find(browser, f"tr[id='f-{quantity_id}']").text
    browser.get(f"{site.origin}/counties/500151")
    assert find(browser, "form.years button").is_displayed()  # scripts would click this by themselves


def test_the_county_is_chosen_from_the_map_and_the_year_from_its_list(browser: Any, site: Site) -> None:
    browser.get(site.origin)
    browser.get(site.origin + find(browser, "a.tile[href*='/provinces/50']").get_dom_attribute("href"))
    assert find(browser, "h1").text.startswith("重庆市")
    browser.get(f"{site.origin}/counties/500151")
    with new_page(browser):  # a script loads the chosen year at once
        find(browser, "form.years select").send_keys("2024")
    assert "year=2024" in browser.current_url
    assert "太平镇" in find(browser, "#t-townships").text
    missing = find(browser, "#missing").text
    assert "太平镇" not in missing and "维新镇" in missing


@pytest.mark.parametrize(
    "path",
    ["/", "/counties/500151?year=2024", "/search?q=调解", "/indicators/disputes.found", "/review", "REPORT"],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_narrow_screen_needs_no_scrolling_sideways(
    browser: Any, own: Installation, site: Site, path: str, language: str
) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True},
    )
    browser.get(f"{site.origin}/review?token={TOKEN}")
    path = path.replace("REPORT", f"/reports/{report_of(own, '太平镇')}")
    browser.get(f"{site.origin}{path}{'&' if '?' in path else '?'}lang={language}")
    width = browser.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], f"{width[0]} px wide"
    assert find(browser, "html").get_attribute("lang") == ("en" if language == "en" else "zh-CN")


def test_a_narrow_screen_shows_a_number_beside_its_indicator(browser: Any, site: Site) -> None:
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True},
    )
    for address in ("/compare?t=500110-金桥镇&t=500110-关坝镇&year=2025", "/townships/500110-金桥镇"):
        browser.get(site.origin + address)
        number = find(browser, "#t-comparison td.n a, #t-indicators td.n a")
        assert number.rect["x"] + number.rect["width"] <= 400, address
        assert not find(browser, "td.group").is_displayed()
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_keyboard_reaches_the_search_and_the_figures(browser: Any, own: Installation, site: Site) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.get(f"{site.origin}/reports/{report_of(own, '太平镇')}")
    find(browser, "body").send_keys("/")
    assert browser.switch_to.active_element.get_attribute("name") == "q"
    browser.switch_to.active_element.send_keys(Keys.ESCAPE)
    find(browser, ".outline a").send_keys("")
    for _ in range(60):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        if "fig" in (browser.switch_to.active_element.get_attribute("class") or ""):
            break
    assert "fig" in browser.switch_to.active_element.get_attribute("class")
    assert find(browser, "#detail").is_displayed()


def test_one_key_confirms_and_opens_the_next_figure(browser: Any, own: Installation, site: Site) -> None:
    browser.get(f"{site.origin}/review?token={TOKEN}")
    assert "token" not in browser.current_url
    first = figure_of(own, report_of(own, "太平镇"), "1278件")
    browser.get(f"{site.origin}/review/figures/{first}")
    find(browser, "input[name=person]").send_keys("李强")
    find(browser, "h1").click()
    with new_page(browser):
        find(browser, "body").send_keys("1")
    assert first not in browser.current_url.partition("?")[0]
    assert "1278件" in find(browser, "p.saved[role=status]").text
    last = read_decisions(site.corrections)[-1].decision
    assert (last.quantity_id, last.person, last.confirmed) == (first, "李强", "是")
    browser.get(f"{site.origin}/review/figures/{figure_of(own, report_of(own, '太平镇'), '11件次')}")
    assert find(browser, "input[name=person]").get_attribute("value") == "李强"  # the page remembers the name


def test_a_key_typed_into_a_field_decides_nothing(browser: Any, own: Installation, site: Site) -> None:
    browser.get(f"{site.origin}/review?token={TOKEN}")
    quantity_id = figure_of(own, report_of(own, "太平镇"), "151个")
    browser.get(f"{site.origin}/review/figures/{quantity_id}")
    before = len(read_decisions(site.corrections))
    find(browser, "input[name=person]").send_keys("王芳12")
    time.sleep(0.5)
    assert quantity_id in browser.current_url and len(read_decisions(site.corrections)) == before


def test_enter_saves_what_was_typed_and_confirms_nothing(browser: Any, own: Installation, site: Site) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.get(f"{site.origin}/review?token={TOKEN}")
    quantity_id = figure_of(own, report_of(own, "太平镇"), "2671人次")
    browser.get(f"{site.origin}/review/figures/{quantity_id}")
    find(browser, "input[name=person]").send_keys("王芳")
    value = find(browser, "input[name=value]")
    value.clear()
    with new_page(browser):
        value.send_keys("2672", Keys.ENTER)
    last = read_decisions(site.corrections)[-1].decision
    assert (last.quantity_id, last.value, last.confirmed) == (quantity_id, "2672", "")
    with new_page(browser):
        browser.get(f"{site.origin}/review/figures/{quantity_id}")
    with new_page(browser):
        find(browser, ".withdraw button").click()
    assert "已撤销" in find(browser, "div.state").text


def test_the_box_of_a_figure_closes(browser: Any, own: Installation, site: Site) -> None:
    from selenium.webdriver.common.keys import Keys

    report_id = report_of(own, "太平镇")
    browser.get(f"{site.origin}/reports/{report_id}#q-{figure_of(own, report_id, '1278件')}")
    detail = find(browser, "#detail")
    assert detail.is_displayed()
    find(browser, "article.text h2").click()
    assert not detail.is_displayed()
    find(browser, f"[id='q-{figure_of(own, report_id, '160件次')}']").click()
    assert detail.is_displayed()
    find(browser, "body").send_keys(Keys.ESCAPE)
    assert not detail.is_displayed()


def test_a_correction_is_shown_as_waiting_then_as_applied(
    browser: Any, own: Installation, site: Site
) -> None:
    report_id = report_of(own, "太平镇")
    quantity_id = figure_of(own, report_id, "160件次")
    browser.get(f"{site.origin}/review?token={TOKEN}")
    browser.get(f"{site.origin}/review/figures/{quantity_id}")
    find(browser, "input[name=person]").send_keys("王芳")
    find(browser, "h1").click()
    find(browser, "body").send_keys("4")
    value = browser.switch_to.active_element
    assert value.get_attribute("name") == "value"
    value.clear()
    value.send_keys("161")
    with new_page(browser):
        find(browser, "button[value=correct]").click()
    assert quantity_id not in browser.current_url.partition("?")[0]
    browser.get(f"{site.origin}/review")
    row = find(browser, f"#decisions a[href*='{quantity_id}']").find_element("xpath", "ancestor::tr")
    assert "等待" in row.text and "161" in row.text
    time.sleep(1.1)  # decision times have whole seconds, and the copy must be newer
    result = own.run()
    assert result.success, [event.message for event in result.all_events if event.is_failure]
    browser.get(f"{site.origin}/review")
    row = find(browser, f"#decisions a[href*='{quantity_id}']").find_element("xpath", "ancestor::tr")
    assert "已生效" in row.text
    browser.get(f"{site.origin}/reports/{report_id}#q-{quantity_id}")
    assert "161" in find(browser, f"tr[id='f-{quantity_id}']").text


def test_the_keyboard_enters_the_day_of_arrival_on_a_narrow_screen(
    browser: Any, own: Installation, site: Site
) -> None:
    from selenium.webdriver.common.keys import Keys

    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": 400, "height": 800, "deviceScaleFactor": 1, "mobile": True},
    )
    report_id = report_of(own, "太平镇")
    browser.get(f"{site.origin}/review?token={TOKEN}")
    browser.get(f"{site.origin}/reports/{report_id}")
    find(browser, "#received summary").send_keys(Keys.ENTER)
    form = "#received form[action$=received]"
    wait_for(lambda: find(browser, f"{form} input[name=person]").is_displayed())
    person = find(browser, f"{form} input[name=person]")
    person.clear()
    person.send_keys("王芳", Keys.TAB)
    assert browser.switch_to.active_element.get_attribute("name") == "received"
    browser.switch_to.active_element.send_keys("20250227", Keys.TAB)
    with new_page(browser):
        browser.switch_to.active_element.send_keys("微信报来", Keys.ENTER)
    assert "收到日期 2025-02-27" in find(browser, "p.saved[role=status]").text
    width = browser.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1], f"{width[0]} px wide"
    last = read_decisions(site.corrections)[-1].decision
    assert (last.report_id, last.received, last.note) == (report_id, "2025-02-27", "微信报来")
    result = own.run()
    assert result.success, [event.message for event in result.all_events if event.is_failure]
    browser.get(f"{site.origin}/reports/{report_id}")
    assert "收到日期 2025-02-27" in find(browser, "p.about").text
    assert "已生效" in find(browser, "#received .state").text
    with new_page(browser):
        find(browser, "#received .withdraw button").send_keys(Keys.ENTER)
    assert "已撤销" in find(browser, "div.state").text


def test_it_is_printed_without_menus(browser: Any, own: Installation, site: Site) -> None:
    browser.get(f"{site.origin}/reports/{report_of(own, '太平镇')}")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert not find(browser, "header.top").is_displayed()
    assert not find(browser, "nav.outline").is_displayed()
    assert find(browser, "article.text").is_displayed()
    assert "数据发布于" in find(browser, "footer").text  # paper must show its date
    assert not find(browser, "td.acts").is_displayed()
    pdf = browser.execute_cdp_cmd("Page.printToPDF", {})
    assert len(pdf["data"]) > 10_000
    if folder := os.environ.get("FAZHI_SCREENSHOTS"):
        browser.save_screenshot(os.path.join(folder, "print.png"))  # noqa: PTH118
    browser.get(f"{site.origin}/counties/500151?year=2024")
    assert find(browser, ".printed").text == "2024年度"  # the year list is a form and not printed
    assert not find(browser, ".workbook").is_displayed()
