"""The files published next to the DuckDB copy hold the same rows, are described, and are safe in a spreadsheet."""

from __future__ import annotations

import csv
import json
import re
import shutil
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import openpyxl
import pytest

from orchestration.publishing import spreadsheet, workbook
from orchestration.publishing.describe import describe_marts
from orchestration.publishing.publish import publish_marts
from orchestration.warehouse.connection import open_warehouse
from tests.graph.conftest import Installation


@pytest.fixture(scope="module")
def published(samples: Installation) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(samples.settings.published / "fazhi.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture
def own_warehouse(samples: Installation, tmp_path: Path) -> Path:
    """A copy of the samples' warehouse that a test can change."""
    return Path(shutil.copy(samples.settings.warehouse, tmp_path / "fazhi.duckdb"))


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def test_each_mart_is_there_as_parquet_and_as_csv_with_the_same_rows(
    samples: Installation, published: duckdb.DuckDBPyConnection
) -> None:
    folder = samples.settings.published
    marts = describe_marts(published)
    assert {path.stem for path in (folder / "csv").iterdir()} == {mart.name for mart in marts}
    assert {path.name for path in (folder / "parquet").iterdir()} == {
        f"{mart.name}.parquet" for mart in marts
    }
    for mart in marts:
        parquet = folder / "parquet" / f"{mart.name}.parquet"
        differing = published.execute(
            f"select count(*) from ((from marts.{mart.name} except all from '{parquet}') "
            f"union all (from '{parquet}' except all from marts.{mart.name}))"
        ).fetchone()
        assert differing == (0,), mart.name
        rows = read_csv(folder / "csv" / f"{mart.name}.csv")
        assert len(rows) == mart.rows, mart.name
        assert mart.rows == 0 or list(rows[0]) == [column.name for column in mart.columns]


def test_each_mart_is_there_as_csv_with_chinese_headings(
    samples: Installation, published: duckdb.DuckDBPyConnection
) -> None:
    folder = samples.settings.published / "csv_zh"
    marts = {mart.name: mart for mart in describe_marts(published)}
    assert {path.stem for path in folder.iterdir()} == {mart.name_zh for mart in marts.values()}
    for mart in marts.values():
        with (folder / f"{mart.name_zh}.csv").open(encoding="utf-8-sig", newline="") as file:
            header, *rows = csv.reader(file)
        assert len(rows) == mart.rows, mart.name
        assert sorted(header) == sorted(column.heading_zh for column in mart.columns), mart.name
        assert len(set(header)) == len(header), mart.name
        assert not [heading for heading in header if heading.isascii()], mart.name
    rows = read_csv(folder / "报告合规情况.csv")
    assert list(rows[0])[:4] == ["报告年度", "省份", "区县", "单位名称"]
    assert list(rows[0])[-1].endswith(("编号", "编码", "代码"))
    assert {row["有举措和成效"] for row in rows} <= {"是", "否"}
    outcomes = {row["结果"] for row in read_csv(folder / "计划与落实.csv")}
    assert outcomes and not [word for word in outcomes if word.isascii()]
    assert {row["精确程度"] for row in read_csv(folder / "乡镇指标.csv")} <= {
        "确数",
        "约数",
        "不少于",
        "不超过",
    }


def test_what_a_report_does_not_say_is_blank_in_chinese_too(own_warehouse: Path, tmp_path: Path) -> None:
    with open_warehouse(own_warehouse) as connection:
        connection.execute(
            "update marts.reporting_compliance set is_published_in_time = null where rowid = 0"
        )
        connection.execute(
            "update marts.reporting_compliance set is_published_in_time = false where rowid = 1"
        )
        publish_marts(connection, tmp_path / "published")
        expected = connection.execute(
            "select report_id, case is_published_in_time when true then '是' when false then '否' else '' end "
            "from marts.reporting_compliance"
        ).fetchall()
    rows = read_csv(tmp_path / "published" / "csv_zh" / "报告合规情况.csv")
    assert {(row["报告编号"], row["公开是否及时"]) for row in rows} == set(expected)
    assert {"", "否"} <= {row["公开是否及时"] for row in rows}


def test_csv_begins_with_a_bom_and_keeps_values(samples: Installation) -> None:
    path = samples.settings.published / "csv" / "township_indicators.csv"
    assert path.read_bytes().startswith(b"\xef\xbb\xbftownship_key,")
    rows = {(row["township_key"], row["report_year"], row["indicator_id"]): row for row in read_csv(path)}
    expected = samples.query(
        "select township_key, report_year, indicator_id, value, sentence from marts.township_indicators"
    )
    for township_key, year, indicator_id, value, sentence in expected:
        row = rows[township_key, str(year), indicator_id]
        assert (float(row["value"]), row["sentence"]) == (value, sentence)


NASTY = [
    '=HYPERLINK("//x","点此")',
    "＝1＋1",
    "＋86138",
    "－1",
    "＠SUM(A1)",
    "﹦1+1",
    "\u200b\ufeff ＝1",
    "\n=1+1",
    "\t=1+1",
    "\n调解",
    "\u3000@SUM(A1)",
]


def test_formulas_in_reports_do_not_reach_spreadsheets(own_warehouse: Path, tmp_path: Path) -> None:
    with open_warehouse(own_warehouse) as connection:
        connection.execute(
            "update marts.township_indicators set sentence = $nasty[1 + rowid % $count]",
            {"nasty": NASTY, "count": len(NASTY)},
        )
        connection.execute("update marts.reporting_compliance set unit_name = '-1+1'")
        publish_marts(connection, tmp_path / "published")
    rows = read_csv(tmp_path / "published" / "csv" / "township_indicators.csv")
    assert {row["sentence"] for row in rows} == {f"'{nasty}" for nasty in NASTY}
    assert {
        row["unit_name"] for row in read_csv(tmp_path / "published" / "csv" / "reporting_compliance.csv")
    } == {"'-1+1"}
    book = openpyxl.load_workbook(tmp_path / "published" / "fazhi.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    shown = [cell for cell in cells if cell.value in NASTY]
    assert {cell.value for cell in shown} == set(NASTY)
    assert {(cell.data_type, cell.quotePrefix) for cell in shown} == {("s", True)}
    assert not any(cell.data_type in "fe" for cell in cells)
    parquet = tmp_path / "published" / "parquet" / "township_indicators.parquet"
    kept = duckdb.execute(f"select distinct sentence from '{parquet}'").fetchall()
    assert {sentence for (sentence,) in kept} == set(NASTY)


def test_numbers_below_zero_stay_numbers_in_csv(own_warehouse: Path, tmp_path: Path) -> None:
    with open_warehouse(own_warehouse) as connection:
        connection.execute("update marts.indicator_trends set change = -3.5")
        publish_marts(connection, tmp_path / "published")
    rows = read_csv(tmp_path / "published" / "csv" / "indicator_trends.csv")
    assert {row["change"] for row in rows} == {"-3.5"}


def test_the_workbook_holds_the_marts_with_the_latest_year_first(
    samples: Installation, published: duckdb.DuckDBPyConnection
) -> None:
    book = openpyxl.load_workbook(samples.settings.published / "fazhi.xlsx")
    assert book.sheetnames[0] == "说明"
    marts = {mart.name: mart for mart in describe_marts(published)}
    names = {mart.name_zh: mart.name for mart in marts.values()}
    sheets = {names[title]: book[title] for title in book.sheetnames[1:]}
    assert list(sheets) == [
        "township_indicators_wide",
        "township_indicators",
        "reporting_compliance",
        "county_scorecard",
        "quantity_findings",
        "rejected_files",
        "correction_findings",
    ]
    # only counties with a report
    ((reporting,),) = samples.query("select count(*) from marts.county_scorecard where reports > 0")
    for name, sheet in sheets.items():
        assert sheet.max_row == (reporting if name == "county_scorecard" else marts[name].rows) + 2, name
        assert sheet.freeze_panes and sheet.auto_filter.ref
    wide = sheets["township_indicators_wide"]
    headings = [cell.value for cell in wide[2]]
    assert "调解矛盾纠纷件数（件）" in headings
    assert headings[0] == "报告年度"
    assert headings[-1] in ("报告编号", "乡镇编码", "区县代码")
    for sheet in sheets.values():
        assert not [cell.value for cell in sheet[2] if str(cell.value).isascii()]
        cells = [cell.value for row in sheet.iter_rows(min_row=3) for cell in row]
        assert not [value for value in cells if isinstance(value, bool)]
    fields = {row[3].value for row in book["说明"].iter_rows() if row[3].value}
    assert "township_indicators_wide.disputes_mediated" in fields
    compliance = sheets["reporting_compliance"]
    due = [cell.value for cell in compliance[2]].index("公开期限")
    assert {row[due].is_date for row in compliance.iter_rows(min_row=3)} == {True}
    years = [row[headings.index("报告年度")].value for row in wide.iter_rows(min_row=3)]
    assert years == sorted(years, reverse=True)
    units = {row[headings.index("单位名称")].value for row in wide.iter_rows(min_row=3)}
    assert units == {row[0] for row in samples.query("select unit_name from marts.township_indicators_wide")}


@pytest.mark.parametrize(
    ("limit", "value"),
    [
        pytest.param("EXCEL_ROWS", 11, id="longer than a sheet"),  # the wide mart's CSV would have 12 lines
        pytest.param("CSV_CELLS", 11 * 60, id="too large to be opened"),  # it has some 100 columns
    ],
)
def test_a_mart_too_large_for_spreadsheets_has_a_note_instead_of_a_csv(
    limit: str, value: int, own_warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spreadsheet, limit, value)
    monkeypatch.setattr(workbook, "fitting_rows", lambda columns: 9)
    with open_warehouse(own_warehouse) as connection:
        publish_marts(connection, tmp_path)
    assert not (tmp_path / "csv" / "township_indicators_wide.csv").exists()
    assert (tmp_path / "csv" / "quantity_findings.csv").exists()
    resources = {
        resource["name"]: resource
        for resource in json.loads((tmp_path / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    }
    assert resources["township_indicators_wide"]["path"] == "parquet/township_indicators_wide.parquet"
    sheet = openpyxl.load_workbook(tmp_path / "fazhi.xlsx").worksheets[1]
    assert sheet.max_row == 9 + 2
    assert "9 of 11 rows" in sheet["A1"].value


def test_the_data_package_names_files_that_are_there(samples: Installation) -> None:
    folder = samples.settings.published
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    assert len(package["resources"]) == len(list((folder / "parquet").iterdir()))
    assert re.fullmatch(r"\d+\.\d+\.\d+", package["version"])
    assert datetime.fromisoformat(package["created"]).tzinfo is not None
    assert (
        [one for one in package["licenses"] if {"name", "path", "title"} <= set(one)]
        == package["licenses"]
        != []
    )
    assert [one for one in package["sources"] if one["title"]] == package["sources"] != []
    # the rules of a data package's profile
    assert all(re.fullmatch(r"[-a-z0-9._/]+", one["name"]) for one in [package, *package["resources"]])
    for resource in package["resources"]:
        assert {"csv_zh", "parquet"} == {path.partition("/")[0] for path in resource["alternatives"]}
        for text in (resource["title"], resource["description"]):
            assert re.search(r"[\u4e00-\u9fff]", text) and re.search(r"[A-Za-z]{3}", text)
    for resource in package["resources"]:
        assert (folder / resource["path"]).stat().st_size == resource["bytes"]
        assert all((folder / path).is_file() for path in resource["alternatives"])
        with (folder / resource["path"]).open(encoding="utf-8-sig", newline="") as file:
            heading = next(csv.reader(file))
        assert heading == [field["name"] for field in resource["schema"]["fields"]]
        assert all(field["title"] and field["description"] for field in resource["schema"]["fields"])


def test_the_keys_that_the_data_package_states_hold(
    samples: Installation, published: duckdb.DuckDBPyConnection
) -> None:
    package = json.loads((samples.settings.published / "datapackage.json").read_text(encoding="utf-8"))
    references = 0
    for resource in package["resources"]:
        table, schema = resource["name"], resource["schema"]
        key = ", ".join(schema["primaryKey"])
        doubled = published.execute(
            f"select {key} from marts.{table} group by all having count(*) > 1"
        ).fetchall()
        assert not doubled, table
        for reference in schema.get("foreignKeys", []):
            (column,), home = reference["fields"], reference["reference"]["resource"]
            lost = f"select {column} from marts.{table} where {column} not in (select {column} from marts.{home})"
            assert not published.execute(lost).fetchall(), (table, column)
            references += 1
    assert references > 10


def test_publishing_leaves_nothing_half_done(samples: Installation) -> None:
    names = {path.name for path in samples.settings.published.iterdir()}
    assert {"fazhi.duckdb", "fazhi.xlsx", "datapackage.json", "csv", "csv_zh", "parquet"} <= names
    assert not [name for name in names if name.endswith((".new", ".old", ".wal"))]


@pytest.mark.parametrize(
    ("mart", "has_chart"),
    [("dim_report", True), ("domain_disclosure", True), ("indicator_trends", True), ("fct_section", False)],
)
def test_the_ui_shows_rows_a_preview_and_charts(samples: Installation, mart: str, has_chart: bool) -> None:
    event = samples.instance.get_latest_materialization_event(dg.AssetKey(["marts", mart]))
    assert event and event.asset_materialization
    metadata: dict[str, Any] = dict(event.asset_materialization.metadata)
    (rows,) = samples.query(f"select count(*) from marts.{mart}")[0]
    assert metadata["dagster/row_count"].value == rows
    assert metadata["preview"].value.startswith("| ")
    chart = metadata["chart"].value if "chart" in metadata else ""
    assert ("█" in chart or "| 2024 |" in chart) is has_chart


def test_the_ui_shows_where_a_column_comes_from(samples: Installation) -> None:
    event = samples.instance.get_latest_materialization_event(dg.AssetKey(["marts", "township_indicators"]))
    assert event and event.asset_materialization
    lineage = event.asset_materialization.metadata["dagster/column_lineage"].value
    assert isinstance(lineage, dg.TableColumnLineage)
    (source,) = lineage.deps_by_column["value"]
    assert samples.instance.get_latest_materialization_event(source.asset_key)
    assert source.column_name == "value"
    schema = event.asset_materialization.metadata["dagster/column_schema"].value
    assert isinstance(schema, dg.TableSchema)
    (value,) = (column for column in schema.columns if column.name == "value")
    assert value.type == "double"
    assert (value.description or "").endswith(f"← `{'.'.join(source.asset_key.path)}.value`")
