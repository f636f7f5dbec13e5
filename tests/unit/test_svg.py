"""Charts are well-formed SVG that shows the numbers correctly."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET

from orchestration.assets.svg import bar_chart, matrix_chart, trend_chart

_SVG = "{http://www.w3.org/2000/svg}"


def parse(markdown: str) -> ET.Element:
    """Return the parsed SVG of the Markdown image."""
    match = re.fullmatch(r"!\[.*\]\(data:image/svg\+xml;base64,([A-Za-z0-9+/=]+)\)", markdown)
    assert match
    return ET.fromstring(base64.b64decode(match[1]))


def texts(svg: ET.Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{_SVG}text")]


def test_bars_are_as_long_as_their_values() -> None:
    svg = parse(
        bar_chart(
            "公开", "share", [("普法 <宣传>", 0.5, "50%"), ("执法 & 监督", 0.25, "25%"), ("空", 0.0, "0%")]
        )
    )
    widths = [float(bar.attrib["width"]) for bar in svg.iter(f"{_SVG}rect") if bar.attrib["width"] != "100%"]
    assert widths == [420, 210, 0]
    assert "普法 <宣传>" in texts(svg)
    assert "执法 & 监督" in texts(svg)


def test_bars_of_nothing_are_drawn_without_length() -> None:
    svg = parse(bar_chart("公开", "share", [("普法", 0.0, "0%")]))
    assert "0%" in texts(svg)


def test_a_matrix_shows_each_count_once_and_leaves_the_rest_empty() -> None:
    svg = parse(
        matrix_chart(
            "报告",
            "reports",
            ["甲省", "乙省"],
            ["2023", "2024"],
            {("甲省", "2023"): 12, ("乙省", "2024"): 1200},
        )
    )
    shown = texts(svg)
    assert shown.count("12") == shown.count("1,200") == 1
    shades = [
        float(box.attrib["fill-opacity"]) for box in svg.iter(f"{_SVG}rect") if "fill-opacity" in box.attrib
    ]
    assert len(shades) == 2
    assert shades[0] < shades[1] == 1


def test_a_trend_rises_with_its_values_and_keeps_gaps_between_years() -> None:
    svg = parse(trend_chart("学法", "median", [(2020, 1, 2, 3), (2021, 2, 4, 6), (2024, 4, 8, 10)]))
    dots = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in svg.iter(f"{_SVG}circle")]
    (x0, y0), (x1, y1), (x2, y2) = dots
    assert y0 > y1 > y2
    assert round((x2 - x1) / (x1 - x0), 2) == 3


def test_a_trend_of_one_year_is_a_point() -> None:
    svg = parse(trend_chart("学法", "median", [(2024, 0, 0, 0)]))
    assert len(list(svg.iter(f"{_SVG}circle"))) == 1
    assert "2024" in texts(svg)
