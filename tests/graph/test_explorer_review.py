"""Decisions on the browser page: who may decide, what is written, and what readers see of it."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest

from orchestration.explorer.decisions import Decision, append_decision, read_decisions
from tests.explorer_server import TOKEN, Server, Site, rows_of, words_of
from tests.graph.conftest import Installation, change_copy, unclaim


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
    assert written.changes == {"value": "584"}  # an unchanged field is not a decision
    page = visitor.get("/review").text
    assert "等待（下次运行）" in page and "584" in page
    assert "等待（下次运行）" in visitor.get(f"/review/figures/{quantity_id}").text


def test_a_confirmation_counts_for_precision(visitor: Site, samples: Installation, report_id: str) -> None:
    visitor.log_in()
    [(other,)] = samples.query(
        f"select quantity_id from marts.fct_quantity where report_id = '{report_id}' and surface = '160件次'",
        published=True,
    )
    assert decide(visitor, other, action="confirm")[0] == 303
    page = visitor.get("/indicators/legal_services.consultations").text
    assert "人工核对准确率" in page and "1／1 个已核对" in words_of(page)


def test_what_may_replace_a_headline_comes_first(samples: Installation, tmp_path: Path) -> None:
    settings = replace(samples.settings, data=tmp_path)
    settings.published.mkdir(parents=True)
    copy = shutil.copy(samples.settings.published / "fazhi.duckdb", settings.published / "fazhi.duckdb")
    with duckdb.connect(str(copy)) as connection:
        connection.execute(
            "update marts.review_queue set confidence = 0.849 where reason_code = 'exceeds_headline'"
        )
    with Server(settings) as site:
        site.log_in()
        first, *others = rows_of(site.get("/review?format=csv").text)
    assert "大于表中采用的数" in first["为什么要看"]
    assert others and all("大于表中采用的数" not in row["为什么要看"] for row in others)


def test_a_figure_confirmed_in_a_workbook_leaves_the_queue(samples: Installation, tmp_path: Path) -> None:
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
        # the page shows the mart's precision
        assert "3／4 个已核对" in words_of(site.get("/indicators/disputes.found").text)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"value": "很多"}, "“很多”不是一个数"),
        ({"value": "nan"}, "不是有限的数"),
        ({"value": "1e300"}, "不是可用的数"),
        ({"value": "5人", "unit": "次"}, "数值写的是“人”，单位却是“次”"),
        ({"period": "some_day"}, "没有“some_day”这个选项"),
        ({"person": ""}, "请填写更正人"),
        ({}, "没有填写任何更正"),
        ({"action": "drop"}, "没有选择"),
    ],
    ids=["no number", "nan", "too many", "two units", "no period", "nobody", "nothing", "no action"],
)
def test_an_unclear_decision_is_refused(
    visitor: Site, quantity_id: str, fields: dict[str, str], said: str
) -> None:
    visitor.log_in()
    before = len(read_decisions(visitor.corrections))
    status, text = decide(visitor, quantity_id, note="看原件", **fields)
    assert status == 400 and said in text
    # the form keeps what was typed
    typed = {"note": "看原件"} | {name: one for name, one in fields.items() if name in ("value", "unit")}
    for name, value in typed.items():
        assert re.search(rf'name="{name}" value="{value}"', text)
    assert len(read_decisions(visitor.corrections)) == before


def test_enter_in_a_field_never_confirms_or_claims(
    visitor: Site, samples: Installation, quantity_id: str, report_id: str, tmp_path: Path
) -> None:
    visitor.log_in()
    page = visitor.get(f"/review/figures/{quantity_id}").text
    form = page[page.index('id="decide"') :]
    # a browser presses the first button of a form
    assert re.findall(r'<(?:input type="submit"|button)[^>]* value="(\w+)"', form)[:2] == [
        "correct",
        "confirm",
    ]
    lose = (
        "update marts.dim_report set township_key = null, resolution = 'ambiguous', "
        f"candidates = '[\"500151-太平镇\", \"120116-太平镇\"]' where report_id = '{report_id}'"
    )
    with Server(change_copy(samples, tmp_path, lose, unclaim(f"report_id = '{report_id}'"))) as site:
        site.log_in()
        page = site.get(f"/reports/{report_id}").text
        form = page[page.index('class="claim-form"') :]
        assert re.findall(r'<(?:input type="submit"|button)[^>]* value="([^"]+)"', form)[0] == "choose"
        fields = {"token": TOKEN, "person": "测试员", "action": "choose"}
        answer = site.post(f"/review/reports/{report_id}", fields)
        assert answer.status == 400 and "没有选择" in answer.text
        assert read_decisions(site.corrections) == []


def test_the_button_back_shows_what_was_decided(visitor: Site, quantity_id: str) -> None:
    visitor.log_in()
    assert visitor.get(f"/review/figures/{quantity_id}").headers["cache-control"] == "no-store"


def test_a_decision_leads_back_to_where_it_began(
    samples: Installation, quantity_id: str, report_id: str, tmp_path: Path
) -> None:
    doubt = (
        f"update marts.quantity_findings set quantity_id = '{quantity_id}', report_id = '{report_id}', "
        "township_key = '500151-太平镇', report_year = 2024, severity = 'warn'"
    )
    unqueue = f"delete from marts.review_queue where quantity_id = '{quantity_id}'"
    with Server(change_copy(samples, tmp_path, doubt, unqueue)) as site:
        site.log_in()
        desk = site.get("/counties/500151?year=2024").text
        address = f"/review/figures/{quantity_id}?back=500151"
        assert f'<a href="{address}" class="prompt">核对</a>' in desk
        form = site.get(address).text
        assert 'name="back" value="500151"' in form
        assert "跳过" not in form  # what would follow is not of this county
        fields = {"token": TOKEN, "person": "测试员", "action": "correct", "value": "549"}
        answer = site.post(f"/review/figures/{quantity_id}", fields | {"back": "500151"})
        assert answer.headers["location"] == f"/counties/500151?year=2024&saved={quantity_id}#t-doubts"
        told = words_of(site.get(answer.headers["location"].partition("#")[0]).text)
        assert "已保存：548件 数值 549，下次运行后生效" in told and "测试员：等待（下次运行）" in told
        answer = site.post(f"/review/figures/{quantity_id}", fields)
        assert answer.headers["location"] == f"/reports/{report_id}?saved={quantity_id}#q-{quantity_id}"
        assert "测试员：数值 549 · 等待（下次运行）" in words_of(site.get(f"/reports/{report_id}").text)


def test_a_form_opened_before_another_decision_is_shown_again(
    samples: Installation, quantity_id: str, tmp_path: Path
) -> None:
    with Server(change_copy(samples, tmp_path)) as site:
        site.log_in()
        assert 'name="known" value="0"' in site.get(f"/review/figures/{quantity_id}").text
        assert decide(site, quantity_id, value="549", known="0")[0] == 303
        assert decide(site, quantity_id, value="549", known="0")[0] == 303  # as a double click does
        assert len(read_decisions(site.corrections)) == 1
        status, page = decide(site, quantity_id, value="550", person="组员", known="0")
        assert status == 400 and "您打开这一页以后，测试员已在" in page
        assert "测试员：数值 549" in words_of(page) and 'name="value" value="550"' in page
        assert 'name="known" value="1"' in page  # saving again is meant
        assert decide(site, quantity_id, value="550", person="组员", known="1")[0] == 303


def test_a_decision_is_withdrawn_from_its_figure_or_from_the_list(
    samples: Installation, quantity_id: str, tmp_path: Path
) -> None:
    with Server(change_copy(samples, tmp_path)) as site:
        site.log_in()
        decide(site, quantity_id, value="549")
        decide(site, quantity_id, value="550", person="组员")
        page = site.get(f"/review/figures/{quantity_id}").text
        form = page[page.index('class="withdraw"') :]
        fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))
        assert (fields["file"], fields["row"], fields["person"]) == ("组员.csv", "2", "组员")
        answer = site.post("/review", fields | {"person": "组长"})
        assert answer.headers["location"] == f"/review/figures/{quantity_id}"
        page = words_of(site.get(f"/review/figures/{quantity_id}").text)
        assert "测试员：数值 549 · 等待" in page  # the earlier one stands again
        assert re.search(r"组长于\S+ \S+撤销（更正值 550）", page) and "已撤销" in page
        assert site.post("/review", fields).status == 400  # once is enough
        assert site.post("/review", fields | {"token": "guessed"}).status == 403
        page = site.get("/review").text
        assert page.count('class="withdraw"') == 1
        assert re.search(r"太平镇 2024 <a [^>]*>548件</a>", page)


def test_a_report_says_who_corrected_a_figure(
    samples: Installation, quantity_id: str, report_id: str, tmp_path: Path
) -> None:
    correct = (
        "insert into marts.decisions by name select 'c-1' as correction_id, report_id, quantity_id, "
        "'value' as field, '549.0' as corrected_value, '王芳' as decided_by, "
        "timestamp '2026-03-01 09:00' as decided_at, 'a.csv' as file, 2 as row_number "
        f"from marts.fct_quantity where quantity_id = '{quantity_id}'"
    )
    with Server(change_copy(samples, tmp_path, correct)) as site:
        page = site.get(f"/reports/{report_id}").text
    row = page[page.index(f'id="f-{quantity_id}"') :]
    assert "更正值 549（王芳，2026-03-01）" in row[: row.index("</tr>")]


@pytest.mark.parametrize(
    ("value", "changes"),
    [("1.3万", {"value": "13000"}), ("549起", {"value": "549", "unit": "起"}), ("1,278", {"value": "1278"})],
)
def test_a_value_may_be_typed_as_it_is_printed(
    visitor: Site, quantity_id: str, value: str, changes: dict[str, str]
) -> None:
    visitor.log_in()
    assert decide(visitor, quantity_id, value=value, unit="件", indicator="disputes.found")[0] == 303
    assert read_decisions(visitor.corrections)[-1].decision.changes == changes


def test_a_reviewer_sees_earlier_and_new_decisions(visitor: Site, quantity_id: str) -> None:
    visitor.log_in()
    fields = {
        "person": "先写的",
        "action": "correct",
        "value": "550",
        "indicator": "none",
        "note": "少了两件",
    }
    answer = visitor.post(f"/review/figures/{quantity_id}", {"token": TOKEN} | fields)
    following = words_of(visitor.get(unquote(answer.headers["location"].partition("#")[0])).text)
    assert re.search(r"已保存：548件\s+数值 550，指标 （都不是），下次运行后生效", following)
    # the next person sees that somebody has decided, and what
    page = words_of(visitor.get(f"/review/figures/{quantity_id}").text)
    assert re.search(r"先写的：\s*数值 550，指标 （都不是）\s*（少了两件）", page)


def test_a_form_shows_the_reason_for_review_and_the_figures_place(
    samples: Installation, report_id: str, tmp_path: Path
) -> None:
    twice = samples.query(
        f"select quantity_id from marts.fct_quantity where report_id = '{report_id}' and surface = '548件' "
        "order by char_start",
        published=True,
    )
    [(first,), (second,)] = twice
    said = f"update marts.quantity_findings set quantity_id = '{first}', message_zh = '与上年相差太大'"
    with Server(change_copy(samples, tmp_path, said)) as site:
        site.log_in()
        page, again = (site.get(f"/review/figures/{one}").text for one in (first, second))
    assert "与上年相差太大" in page and "与上年相差太大" not in again
    # the numeral occurs twice in the sentence: each form marks its own
    assert "纠纷<mark>548件</mark>，成功调处548件" in page
    assert "纠纷548件，成功调处<mark>548件</mark>" in again


def test_the_form_of_an_unclaimed_report_offers_its_candidate_townships(
    samples: Installation, report_id: str, tmp_path: Path
) -> None:
    lose = (
        "update marts.dim_report set township_key = null, resolution = 'ambiguous', "
        f"candidates = '[\"500151-太平镇\", \"120116-太平镇\"]' where report_id = '{report_id}'"
    )
    with Server(change_copy(samples, tmp_path, lose, unclaim(f"report_id = '{report_id}'"))) as site:
        site.log_in()
        page = site.get(f"/review/reports/{report_id}").text
    offered = set(re.findall(r'name="township" value="([^"]*)"', page))
    assert offered == {"500151-太平镇", "120116-太平镇"}
    assert "铜梁区 太平镇" in words_of(page)


def test_skipping_visits_each_figure_of_the_queue_once(visitor: Site) -> None:
    visitor.log_in()
    rows = rows_of(visitor.get("/review?format=csv").text)
    waiting = sorted(row["数字编号"] or row["报告编号"] for row in rows)
    kind = "figures" if "-q" in waiting[0] else "reports"
    address: str | None = f"/review/{kind}/{waiting[0]}"
    met = []
    while address is not None and len(met) <= len(waiting):
        met.append(address.rpartition("/")[2])
        following = re.search(r'href="([^"]*)" data-key="3"', visitor.get(address).text)
        address = following[1] if following else None
    assert met == waiting


def test_the_queue_begins_with_the_home_county(samples: Installation, tmp_path: Path) -> None:
    unknown = (
        "update marts.dim_report set county_code = null, county_name = null where county_code = '500110'"
    )
    with Server(change_copy(samples, tmp_path, unknown), home_county="500151") as site:
        site.log_in()

        def counties(asked: str) -> set[str]:
            return {row["区县"] for row in rows_of(site.get(f"/review?format=csv&{asked}").text)}

        assert counties("") == {"铜梁区", ""}  # what names no county may be the home county's
        assert counties("county=城口县") == {"城口县"}
        assert counties("county=") == {"铜梁区", "城口县", "宁河区", ""}
        page = site.get("/review").text
        assert 'name="county" value="铜梁区"' in page
        assert (
            '<a href="/review?county=">全部区县</a>' in page and f"<small>{len(links(page))}</small>" in page
        )
        # the form of an item goes on with the same items
        last = max(links(page))
        assert last.endswith("?county=%E9%93%9C%E6%A2%81%E5%8C%BA")
        assert "跳过" not in site.get(last).text
        page = site.get("/review?county=").text
        assert 'name="county" value=""' in page
        followed = [
            re.search(r'href="([^"]*)" data-key="3"', site.get(one).text) for one in sorted(links(page))
        ]
        assert [one[1] for one in followed if one] == sorted(links(page))[1:]


def links(page: str) -> set[str]:
    """Return the addresses of the forms that a queue links to."""
    return set(re.findall(r'href="(/review/figures/[^"]*)"', page))


def test_a_replaced_decision_does_not_count_as_failed(
    samples: Installation, quantity_id: str, tmp_path: Path
) -> None:
    finding = (
        "insert into marts.correction_findings by name select '{}.csv' as file, 2 as row_number, "
        "'{}' as problem_code, '{}' as problem_zh, 'x' as problem"
    )
    settings = change_copy(
        samples,
        tmp_path,
        finding.format("甲", "superseded", "已被乙.csv第3行代替"),
        finding.format("乙", "out_of_range", "超出上限"),
    )
    base = Decision(quantity_id.partition("-")[0], quantity_id, value="58", decided_at="2026-01-01")
    for person in ("甲", "乙"):
        append_decision(settings.data / "corrections", replace(base, person=person))
    with Server(settings) as site:
        site.log_in()
        page = site.get("/review").text
        refusals = words_of(site.get("/refusals").text)
    states = dict(re.findall(r'<td>(甲|乙)</td>.*?<td class="state (\w+)">', page, re.DOTALL))
    assert states == {"甲": "replaced", "乙": "failed"}
    assert "有 2 处更正没有采用" in words_of(page)
    assert "超出上限" in refusals and "已被乙.csv第3行代替" in refusals


def test_reviewing_can_be_off(samples: Installation, quantity_id: str) -> None:
    with Server(samples.settings, may_review=False) as site:
        assert "未开启" in site.get("/review").text
        assert site.get(f"/review/figures/{quantity_id}").status == 404
        assert site.post(f"/review/figures/{quantity_id}", {"token": TOKEN}).status in {404, 405}
