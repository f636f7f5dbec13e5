"""The day on which a report arrived (收到日期), entered on its page or from the county's desk."""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path

import pytest

from orchestration.explorer.decisions import read_decisions
from orchestration.pipeline.corrections import folder
from orchestration.settings import PROJECT_DIR
from tests.explorer_server import TOKEN, Server, Site, words_of
from tests.graph.conftest import Installation, change_copy

TODAY = date.today()


def receive(site: Site, report_id: str, day: str, **fields: str) -> tuple[int, str, str]:
    """Send a day; returns the status, the address to go to, and the page."""
    base = {"token": TOKEN, "person": "测试员", "action": "receive", "received": day}
    answer = site.post(f"/review/reports/{report_id}/received", base | fields)
    return answer.status, answer.headers.get("location", ""), answer.text


def test_a_day_is_entered_on_the_report_and_waits(
    samples: Installation, report_id: str, tmp_path: Path
) -> None:
    with Server(change_copy(samples, tmp_path)) as site:
        assert "填写收到日期" not in site.get(f"/reports/{report_id}").text  # for readers
        site.log_in()
        page = site.get(f"/reports/{report_id}").text
        assert f'action="/review/reports/{report_id}/received"' in page
        assert "按 2025-03-01 的报送期限判断" in words_of(page)
        status, place, _ = receive(site, report_id, "2025年2月27日", note="微信报来")
        assert (status, place) == (303, f"/reports/{report_id}?saved={report_id}%2Freceived#received")
        page = words_of(site.get(place.partition("#")[0]).text)
        assert "收到日期 2025-02-27，下次运行后生效" in page
        assert re.search(r"测试员：收到日期 2025-02-27（微信报来） · 等待（下次运行）", page)
        assert 'name="received" value="2025-02-27"' in site.get(f"/reports/{report_id}").text
        assert "收到日期 2025-02-27" in words_of(site.get("/review").text)
        # the next refresh reads it like a workbook's cell
        read = folder.read_decisions(PROJECT_DIR / "seeds" / "reference", site.corrections, today=TODAY)
    assert read.problems == ()
    assert [(one.report_id, one.field, one.corrected_value) for one in read.corrections] == [
        (report_id, "received_on", "2025-02-27")
    ]


def test_a_day_is_entered_from_the_desk_and_leads_back(
    samples: Installation, report_id: str, tmp_path: Path
) -> None:
    with Server(change_copy(samples, tmp_path)) as site:
        readers = site.get("/counties/500151?year=2024").text
        site.log_in()
        address = f"/review/reports/{report_id}/received?back=500151"
        desk = site.get("/counties/500151?year=2024").text
        assert address not in readers and f'<a href="{address}" class="prompt">填写</a>' in desk
        form = site.get(address).text
        assert 'name="back" value="500151"' in form and "发布日期" in words_of(form)
        _, place, _ = receive(site, report_id, "2025-02-27", back="500151")
        assert place == f"/counties/500151?year=2024&saved={report_id}%2Freceived#t-townships"
        desk = site.get(place.partition("#")[0]).text
        assert f'<a href="{address}">2025-02-27 等待（下次运行）</a>' in desk
        assert words_of(desk).count("已保存：") == 1
        file = site.get("/counties/500151?year=2024&format=csv").text
    assert "2025-02-27" not in file  # as published


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("", "请填写收到日期"),
        ("昨天", "“昨天”不是日期"),
        ("2025-02-30", "不是日期"),
        ((TODAY + timedelta(days=2)).isoformat(), "不在合理范围"),
        ("0025-02-27", "不在合理范围"),
        ("2023-12-31", "早于报告年度（2024年）"),
    ],
    ids=["none", "no date", "no such day", "to come", "long ago", "before the report's year"],
)
def test_an_impossible_day_is_refused(visitor: Site, report_id: str, day: str, said: str) -> None:
    visitor.log_in()
    before = len(read_decisions(visitor.corrections))
    status, _, page = receive(visitor, report_id, day, note="微信报来")
    assert status == 400 and said in page
    assert f'name="received" value="{day}"' in page and 'name="note" value="微信报来"' in page
    assert len(read_decisions(visitor.corrections)) == before


def test_a_day_and_a_claim_stand_beside_each_other(
    samples: Installation, report_id: str, tmp_path: Path
) -> None:
    with Server(change_copy(samples, tmp_path)) as site:
        site.log_in()
        claim = {"token": TOKEN, "person": "测试员", "action": "claim", "township": "500151-太平镇"}
        assert site.post(f"/review/reports/{report_id}", claim).status == 303
        receive(site, report_id, "2025-02-27", known="1")
        assert receive(site, report_id, "2025-02-27", known="1")[0] == 303  # as a double click does
        receive(site, report_id, "2025-03-05", person="组员", known="2")
        assert "您打开这一页以后" in receive(site, report_id, "2025-03-06", known="2")[2]
        page = words_of(site.get(f"/review/reports/{report_id}/received").text)
        assert "测试员：乡镇 500151-太平镇 · 等待" in page  # the day did not replace it
        assert "测试员：收到日期 2025-02-27 · 已被后来的决定取代" in page
        assert "组员：收到日期 2025-03-05 · 等待" in page


def test_a_day_is_withdrawn(samples: Installation, report_id: str, tmp_path: Path) -> None:
    with Server(change_copy(samples, tmp_path)) as site:
        site.log_in()
        receive(site, report_id, "2025-02-27")
        page = site.get(f"/reports/{report_id}").text
        form = page[page.index('class="withdraw"') :]
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))
        answer = site.post("/review", fields)
        assert answer.headers["location"] == f"/review/reports/{report_id}/received"
        page = words_of(site.get(answer.headers["location"]).text)
        assert re.search(r"测试员于\S+ \S+撤销（收到日期 2025-02-27）", page) and "已撤销" in page
        assert ">填写</a>" in site.get("/counties/500151?year=2024").text
        assert 'name="received" value=""' in site.get(f"/reports/{report_id}").text


def test_a_published_day_is_shown_and_applied(samples: Installation, report_id: str, tmp_path: Path) -> None:
    published = (
        f"update marts.reporting_compliance set received_on = '2025-02-27' where report_id = '{report_id}'",
        f"insert into marts.decisions by name select 'c-1' as correction_id, '{report_id}' as report_id, "
        "'received_on' as field, '2025-02-27' as corrected_value, '测试员.csv' as file, 2 as row_number",
    )
    settings = change_copy(samples, tmp_path, *published)
    with Server(settings) as site:
        assert "收到日期 2025-02-27" in words_of(site.get(f"/reports/{report_id}").text)
        site.log_in()
        receive(site, report_id, "2025-02-27")
        copy = settings.published / "fazhi.duckdb"
        copy.touch()  # published after the decision
        page = words_of(site.get(f"/reports/{report_id}").text)
        assert re.search(r"测试员：收到日期 2025-02-27 · 已生效", page)
