"""Charts as SVG for the Dagster UI, which shows a Markdown image with a data URI.

Numbers and labels in, Markdown out; the callers choose the data. SVG needs no drawing
library, and its Chinese labels use the viewer's fonts.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape

_BLUE = "#3b6ea5"
_PALE = "#dde6f0"
_INK = "#20262e"
_GREY = "#8a929c"
_FONT = "font-family=\"'Noto Sans CJK SC','Microsoft YaHei','PingFang SC',sans-serif\""
_ROW = 24
_TOP = 58  # title and subtitle
_CHAR = 13  # width of a Chinese character in a label


def bar_chart(title: str, subtitle: str, bars: Sequence[tuple[str, float, str]]) -> str:
    """Return a chart of horizontal bars.

    Args:
        bars: label, length and end text of each bar, from top to bottom.
    """
    left = _label_width([label for label, _, _ in bars])
    longest = max((length for _, length, _ in bars), default=0) or 1
    parts = []
    for index, (label, length, note) in enumerate(bars):
        y = _TOP + index * _ROW
        width = 420 * length / longest
        parts.append(_text(left - 8, y + 16, label, anchor="end"))
        parts.append(f'<rect x="{left}" y="{y + 3}" width="{width:.1f}" height="{_ROW - 7}" fill="{_BLUE}"/>')
        parts.append(_text(left + width + 6, y + 16, note, colour=_GREY))
    return _picture(title, subtitle, left + 420 + 130, _TOP + len(bars) * _ROW + 10, parts)


def matrix_chart(
    title: str,
    subtitle: str,
    rows: Sequence[str],
    columns: Sequence[str],
    values: Mapping[tuple[str, str], int],
) -> str:
    """Return a table of counts, shaded by size; cells without a value are empty.

    Args:
        values: (row, column) → count.
    """
    left, width = _label_width(rows), 58
    largest = max(values.values(), default=0) or 1
    parts = [
        _text(left + (index + 0.5) * width, _TOP + 14, column, anchor="middle", colour=_GREY)
        for index, column in enumerate(columns)
    ]
    for index, row in enumerate(rows):
        y = _TOP + (index + 1) * _ROW
        parts.append(_text(left - 8, y + 16, row, anchor="end"))
        for number, column in enumerate(columns):
            x, count = left + number * width, values.get((row, column), 0)
            share = 0.15 + 0.85 * count / largest if count else 0
            box = f'<rect x="{x + 1}" y="{y + 1}" width="{width - 2}" height="{_ROW - 2}"'
            parts.append(
                f'{box} fill="{_BLUE}" fill-opacity="{share:.2f}"/>' if count else f'{box} fill="#f4f5f7"/>'
            )
            if count:
                colour = "#ffffff" if share > 0.55 else _INK
                parts.append(_text(x + width / 2, y + 16, f"{count:,}", anchor="middle", colour=colour))
    return _picture(
        title, subtitle, left + len(columns) * width + 16, _TOP + (len(rows) + 1) * _ROW + 12, parts
    )


def trend_chart(title: str, subtitle: str, points: Sequence[tuple[int, float, float, float]]) -> str:
    """Return a line through the middle values of each year, in a band from low to high.

    Args:
        points: year, low, middle and high, in ascending years; missing years
            are a gap in the axis but not in the line.
    """
    left, width, height = 70, 480, 180
    first, last = points[0][0], points[-1][0]
    top_value = max(high for *_, high in points) or 1

    def x(year: int) -> float:
        return left + width * ((year - first) / (last - first) if last > first else 0.5)

    def y(value: float) -> float:
        return _TOP + 10 + height * (1 - value / top_value)

    upper = [f"{x(year):.1f},{y(high):.1f}" for year, _, _, high in points]
    lower = [f"{x(year):.1f},{y(low):.1f}" for year, low, _, _ in reversed(points)]
    middle = [f"{x(year):.1f},{y(value):.1f}" for year, _, value, _ in points]
    parts = [
        f'<line x1="{left - 20}" y1="{y(value):.1f}" x2="{left + width + 20}" y2="{y(value):.1f}" stroke="#e3e6ea"/>'
        + _text(left - 26, y(value) + 4, f"{value:,.4g}", anchor="end", colour=_GREY)
        for value in (0, top_value / 2, top_value)
    ]
    parts.append(f'<polygon points="{" ".join(upper + lower)}" fill="{_PALE}"/>')
    parts.append(f'<polyline points="{" ".join(middle)}" fill="none" stroke="{_BLUE}" stroke-width="2.5"/>')
    for year, low, value, high in points:
        parts.append(
            f'<line x1="{x(year):.1f}" y1="{y(low):.1f}" x2="{x(year):.1f}" y2="{y(high):.1f}" stroke="{_BLUE}" '
            f'stroke-opacity="0.4"/><circle cx="{x(year):.1f}" cy="{y(value):.1f}" r="4" fill="{_BLUE}"/>'
        )
        parts.append(_text(x(year), y(value) - 9, f"{value:,.6g}", anchor="middle"))
        parts.append(_text(x(year), _TOP + height + 30, str(year), anchor="middle", colour=_GREY))
    return _picture(title, subtitle, left + width + 50, _TOP + height + 44, parts)


def _label_width(labels: Sequence[str]) -> int:
    return 24 + _CHAR * max((len(label) for label in labels), default=0)


def _text(x: float, y: float, text: str, *, anchor: str = "start", colour: str = _INK) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{colour}">{escape(text)}</text>'


def _picture(title: str, subtitle: str, width: float, height: float, parts: Sequence[str]) -> str:
    """Return the chart as a Markdown image."""
    width = max(width, 24 + 8.5 * len(title), 24 + 8.5 * len(subtitle))
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" {_FONT} font-size="13">'
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="12" y="22" font-size="15" font-weight="bold" fill="{_INK}">{escape(title)}</text>'
        f"{_text(12, 42, subtitle, colour=_GREY)}{''.join(parts)}</svg>"
    )
    # The text in the brackets must not end the image; our titles contain no brackets.
    return f"![{title}](data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()})"
