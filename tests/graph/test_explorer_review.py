"""Decisions on the browser page: who may decide, what is written, and what a reader sees of it."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from orchestration.explorer.decisions import read_decisions
from tests.explorer_server import TOKEN, Server, Site, rows_of, words_of
from tests.graph.conftest import Installation


def decide(site: Site, quantity_id: str, **fields: str) -> tuple[int, str]:
    base = {"token": TOKEN, "person": "测试员", "action": "correct"}
    answer = site.post(f"/review/figures/{quantity_id}", base | fields)
    return answer.status, answer.text


@pytest.fixture
def quantity_id(samples: Installation, report_id: str) -> str:
    sql = f"select quantity_id from marts.fct_quantity where report_id = '{report_id}' and surface = '548件'"
    return samples.query(sql, published=True)[0][0]


def test_deciding_needs_the_token(visitor: Site, quantity_id: str) -> None:
    before = len(read_decisions(visitor.corrections))
    assert visitor.get("/review").status == 403
    assert decide(visitor, quantity_id, value="5")[0] == 403  # the form's token without the cookie
    visitor.log_in()
    assert decide(visitor, quantity_id, value="5", token="guessed")[0] == 403
    assert len(read_decisions(visitor.corrections)) == before


@pytest.mark.parametrize(
    "headers", [{"Origin": "http://evil.example"}, {"Host": "evil.example"}, {"Sec_Fetch_Site": "cross-site"}]
)
def test_pages_of_others_cannot_decide(visitor: Site, quantity_id: str, headers: dict[str, str]) -> None:
    visitor.log_in()
    before = len(read_decisions(visitor.corrections))
    fields = {"token": TOKEN, "person": "测试员", "action": "correct", "value": "5"}
    assert visitor.post(f"/review/figures/{quantity_id}", fields, **headers).status == 403
    assert len(read_decisions(visitor.corrections)) == before


def test_a_correction_is_written_and_waits(visitor: Site, quantity_id: str) -> None:
    visitor.log_in()
    assert (
        decide(visitor, quantity_id, value="584", unit="件", indicator="disputes.found", note="看原件")[0]
        == 303
    )
    written = read_decisions(visitor.corrections)[-1].decision
    assert (written.quantity_id, written.person, written.note, written.seen) == (
        quantity_id,
        "测试员",
        "看原件",
        "548件",
    )
    assert written.changes == {"value": "584"}  # what stays as it was decides nothing
    page = visitor.get("/review").text
    assert "等待（下次刷新）" in page and "584" in page
    assert "等待（下次刷新）" in visitor.get(f"/review/figures/{quantity_id}").text


def test_a_confirmation_counts_for_precision(visitor: Site, samples: Installation, report_id: str) -> None:
    visitor.log_in()
    [(other,)] = samples.query(
        f"select quantity_id from marts.fct_quantity where report_id = '{report_id}' and surface = '160件次'",
        published=True,
    )
    assert decide(visitor, other, action="confirm")[0] == 303
    page = visitor.get("/indicators/legal_services.consultations").text
    assert "人工核对准确率" in page and "1／1 个已核对" in words_of(page)


def test_what_a_workbook_confirmed_waits_no_more(samples: Installation, tmp_path: Path) -> None:
    settings = replace(samples.settings, data=tmp_path)
    settings.published.mkdir(parents=True)
    copy = shutil.copy(samples.settings.published / "fazhi.duckdb", settings.published / "fazhi.duckdb")
    with duckdb.connect(str(copy)) as connection:
        (waiting,) = connection.execute("select count(*) from marts.review_queue").fetchone() or (0,)
        connection.execute("update marts.review_queue set decision = 'confirmed' where rowid = 0")
        connection.execute(
            "insert into marts.indicator_precision by name select 'disputes.found' as indicator_id, "
            "'排查矛盾纠纷件数' as name_zh, 4 as reviewed, 3 as confirmed, 1 as corrected, 0.75 as precision"
        )
    assert waiting > 1
    with Server(settings) as site:
        site.log_in()
        assert len(rows_of(site.get("/review?format=csv").text)) == waiting - 1
        assert len(rows_of(site.get("/review?format=csv&decided=1").text)) == waiting
        # the page's precision is the mart's
        assert "3／4 个已核对" in words_of(site.get("/indicators/disputes.found").text)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"value": "很多"}, "不是数"),
        ({"value": "nan"}, "不是可用的数"),
        ({"period": "some_day"}, "没有“some_day”这个选项"),
        ({"person": ""}, "请填写更正人"),
        ({}, "没有填写任何更正"),
        ({"action": "drop"}, "没有选择"),
    ],
    ids=["no number", "nan", "no period", "nobody", "nothing", "no action"],
)
def test_a_decision_that_says_nothing_clear_is_refused(
    visitor: Site, quantity_id: str, fields: dict[str, str], said: str
) -> None:
    visitor.log_in()
    before = len(read_decisions(visitor.corrections))
    status, text = decide(visitor, quantity_id, **fields)
    assert status == 400 and said in text
    assert len(read_decisions(visitor.corrections)) == before


def test_reviewing_can_be_off(samples: Installation, quantity_id: str) -> None:
    with Server(samples.settings, may_review=False) as site:
        assert "未开启" in site.get("/review").text
        assert site.get(f"/review/figures/{quantity_id}").status == 404
        assert site.post(f"/review/figures/{quantity_id}", {"token": TOKEN}).status in {404, 405}
