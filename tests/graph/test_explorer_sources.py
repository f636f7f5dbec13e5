"""The way from a table or a figure of the browser page back to its report: citations and files."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from tests.explorer_server import Server, Site
from tests.graph.conftest import Installation, change_copy


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/counties/500110?year=2025&lang=zh", "/counties/500110?year=2025"),
        ("/indicators/disputes.found", "/indicators/disputes.found"),
    ],
)
def test_a_citation_leads_to_the_table_that_is_shown(site: Site, address: str, said: str) -> None:
    cited = [unescape(one) for one in re.findall(r'<p class="cite">(.*?)</p>', site.get(address).text)]
    assert cited and all(one.endswith(f" 发布。{said}") for one in cited)


def test_a_citation_of_a_report_names_it(site: Site, report_id: str) -> None:
    [cited] = re.findall(r'<p class="cite">(.*?)</p>', site.get(f"/reports/{report_id}").text)
    assert unescape(cited).startswith("重庆市铜梁区太平镇《")
    assert "》（2024年度，重庆市/铜梁区/taiping_2024.txt）：报告中的数字。" in cited
    assert cited.endswith(f"/reports/{report_id}")


def test_the_file_as_it_arrived_can_be_downloaded(site: Site, samples: Installation, report_id: str) -> None:
    [(path,)] = samples.query(
        f"select source_path from marts.dim_report where report_id = '{report_id}'", published=True
    )
    answer = site.get(f"/reports/{report_id}/source")
    assert answer.body == (samples.settings.reports / path).read_bytes()
    assert answer.headers["content-disposition"].startswith("attachment")


def test_of_a_report_in_an_archive_the_archive_is_downloaded(
    samples: Installation, report_id: str, tmp_path: Path
) -> None:
    path = "重庆市/綦江区/jinqiao_2025.html"  # any file of the folder
    move = (
        f"update marts.dim_report_history set source_path = '{path}!/1.txt' where report_id = '{report_id}'"
    )
    with Server(change_copy(samples, tmp_path, move)) as site:
        answer = site.get(f"/reports/{report_id}/source")
    assert answer.body == (samples.settings.reports / path).read_bytes()


@pytest.mark.parametrize(
    ("reason", "is_kept"), [("corrected: by b.txt", True), ("replaced: newer bytes", False)]
)
def test_an_earlier_version_leads_to_its_file_while_there_is_one(
    samples: Installation, report_id: str, tmp_path: Path, reason: str, is_kept: bool
) -> None:
    earlier = (
        "insert into marts.dim_report_history by name select * replace ('0123456789abcdef' as report_id, "
        f"'superseded' as status, '{reason}' as reason, report_id as superseded_by) "
        f"from marts.dim_report_history where report_id = '{report_id}'"
    )
    with Server(change_copy(samples, tmp_path, earlier)) as site:
        page = site.get("/reports/0123456789abcdef").text
    assert "这不是现行版本" in page and f'href="/reports/{report_id}"' in page
    assert "重庆市/铜梁区/taiping_2024.txt" in page
    assert ("/reports/0123456789abcdef/source" in page) is is_kept


def test_a_decision_that_was_not_applied_leads_to_its_report(
    samples: Installation, report_id: str, tmp_path: Path
) -> None:
    finding = (
        "insert into marts.correction_findings by name select 'a.csv' as file, {} as row_number, '{}' as report_id, "
        "'{}' as problem_zh, 'older_version' as problem_code, 'x' as problem"
    )
    unknown = "0000000000000000"
    settings = change_copy(
        samples, tmp_path, finding.format(2, report_id, "旧版本"), finding.format(3, unknown, "没有这份报告")
    )
    with Server(settings) as site:
        page = site.get("/refusals").text
    assert f'<a href="/reports/{report_id}">旧版本</a>' in page
    assert "没有这份报告" in page and unknown not in page
