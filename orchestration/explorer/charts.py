"""Charts as SVG in the page: text that can be selected, no script, colours from the style sheet.

Our own, because a line of six points needs neither a browser engine nor 84 MB (docs/adr/0005).
Every chart has a title for screen readers; a table next to it has the same figures.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from orchestration.explorer.wording import print_number

STEPS = 6  # shades of a map: one for none, and five for a fifth each
_TILE, _GAP = 62, 4
_SHORT_NAME_CHARS = 2
_YEARS_LABELLED = 7
_LONG_NAMES = ("内蒙古", "黑龙江")

# column and row of each province by the first digits of GB/T 2260, such that neighbours are adjacent
_PROVINCE_PLACES = {
    "23": (8, 0), "15": (6, 1), "22": (8, 1), "65": (1, 2), "62": (3, 2), "64": (4, 2), "14": (5, 2),
    "13": (6, 2), "11": (7, 2), "21": (8, 2), "63": (2, 3), "61": (4, 3), "41": (5, 3), "37": (6, 3),
    "12": (7, 3), "54": (1, 4), "51": (3, 4), "50": (4, 4), "42": (5, 4), "34": (6, 4), "32": (7, 4),
    "31": (8, 4), "52": (4, 5), "43": (5, 5), "36": (6, 5), "33": (7, 5), "53": (3, 6), "45": (4, 6),
    "44": (5, 6), "35": (6, 6), "71": (8, 6), "46": (4, 7), "82": (5, 7), "81": (6, 7),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Tile:
    """A region on a map; `share` is 0 to 1, `said` its text on hover."""

    code: str
    name: str
    share: float
    href: str
    said: str


@dataclass(frozen=True, slots=True)
class Series:
    """A line: (year, value) in order; `look` is its class in the style sheet."""

    name: str
    points: Sequence[tuple[int, float]]
    look: str


def shade_of(share: float) -> int:
    """Return 0 for none, 1 to 5 by fifths."""
    return 0 if share <= 0 else min(STEPS - 1, 1 + int(share * (STEPS - 1) - 1e-9))


def draw_provinces(tiles: Sequence[Tile]) -> Markup:
    """Draw provinces as tiles in their geographic places; those with an unknown code go below."""
    placed: list[tuple[int, int, Tile]] = []
    spare = 0
    for tile in tiles:
        place = _PROVINCE_PLACES.get(tile.code)
        if place is None:
            place, spare = (spare, 8), spare + 1
        placed.append((*place, tile))
    columns = 1 + max((column for column, _, _ in placed), default=0)
    rows = 1 + max((row for _, row, _ in placed), default=0)
    size = _TILE + _GAP
    shapes = [_draw_tile(tile, column * size, row * size, _TILE, _TILE) for column, row, tile in placed]
    return _svg("map", columns * size, rows * size, shapes)


def draw_tiles(tiles: Sequence[Tile]) -> Markup:
    """Draw regions as tiles in the order of their codes."""
    columns, width, height = 6, 104, 44
    shapes = [
        _draw_tile(
            tile, number % columns * (width + _GAP), number // columns * (height + _GAP), width, height
        )
        for number, tile in enumerate(tiles)
    ]
    across = min(columns, max(1, len(tiles)))
    rows = math.ceil(len(tiles) / columns) or 1
    return _svg("map", across * (width + _GAP), rows * (height + _GAP), shapes)


def _draw_tile(tile: Tile, x: float, y: float, width: float, height: float) -> Markup:
    short = tile.name if width > _TILE else _short_name(tile.name)
    short = short if len(short) <= 7 else short[:6] + "…"
    middle = x + width / 2
    return Markup(
        '<a href="{}" class="tile s{}"><title>{}</title><rect x="{}" y="{}" width="{}" height="{}" rx="4"/>'
        '<text x="{}" y="{}">{}</text><text x="{}" y="{}" class="small">{}</text></a>'
    ).format(
        tile.href, shade_of(tile.share), tile.said, _n(x), _n(y), _n(width), _n(height),
        _n(middle), _n(y + height / 2 - 2), short,
        _n(middle), _n(y + height / 2 + 15), f"{_percent(tile.share)}%",
    )  # fmt: skip


def _percent(share: float) -> str:
    percent = 100 * share
    return f"{percent:.0f}" if percent >= 1 or percent == 0 else f"{percent:.1g}"


def _short_name(name: str) -> str:
    return name[:3] if name.startswith(_LONG_NAMES) else name[:_SHORT_NAME_CHARS]


def draw_lines(title: str, series: Sequence[Series], years: Sequence[int]) -> Markup:
    """Draw lines over the years, from zero; a year without a figure leaves a gap in the line."""
    width, height, left, right, top, bottom = 300.0, 120.0, 46.0, 22.0, 10.0, 22.0
    values = [value for one in series for _, value in one.points]
    highest = round_up(max(values, default=1) or 1)
    lowest = -round_up(-min(values, default=0)) if min(values, default=0) < 0 else 0.0
    span = highest - lowest or 1
    step = (width - left - right) / max(1, len(years) - 1)

    def place(year: int, value: float) -> tuple[float, float]:
        x = left + (years.index(year) * step if len(years) > 1 else (width - left - right) / 2)
        return x, top + (height - top - bottom) * (1 - (value - lowest) / span)

    shapes = [Markup("<title>{}</title>").format(title)]
    for tick in (lowest, lowest + span / 2, highest):
        y = place(years[0], tick)[1]
        shapes.append(
            Markup(
                '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"/><text class="tick" x="{}" y="{}">{}</text>'
            ).format(_n(left), _n(width - right), _n(y), _n(y), _n(left - 6), _n(y + 4), print_compact(tick))
        )
    labelled = years if len(years) <= _YEARS_LABELLED else (years[0], years[len(years) // 2], years[-1])
    shapes += [
        Markup('<text class="year" x="{}" y="{}">{}</text>').format(
            _n(place(year, lowest)[0]), _n(height - 6), year
        )
        for year in labelled
    ]
    for one in series:
        shapes += _draw_series(one, years, place)
    return _svg("lines", width, height, shapes)


def _draw_series(
    one: Series, years: Sequence[int], place: Callable[[int, float], tuple[float, float]]
) -> list[Markup]:
    known = dict(one.points)
    shapes, run = [], list[str]()
    for year in [*years, None]:
        if year is not None and year in known:
            x, y = place(year, known[year])
            run.append(f"{_n(x)},{_n(y)}")
            shapes.append(
                Markup('<circle class="{}" cx="{}" cy="{}" r="3"><title>{} {}：{}</title></circle>').format(
                    one.look, _n(x), _n(y), one.name, year, print_number(known[year])
                )
            )
        else:
            if len(run) > 1:
                shapes.insert(0, Markup('<polyline class="{}" points="{}"/>').format(one.look, " ".join(run)))
            run = []
    return shapes


def draw_histogram(title: str, bins: Sequence[tuple[float, float, int]], is_open: bool = False) -> Markup:
    """Draw how many units are in each class (from, to, units); `is_open` if the last has no upper limit."""
    width, height, bottom, left = 640.0, 170.0, 24.0, 8.0
    highest = max((units for _, _, units in bins), default=1) or 1
    step = (width - 2 * left) / max(1, len(bins))
    shapes = [Markup("<title>{}</title>").format(title)]
    for number, (low, high, units) in enumerate(bins):
        tall = (height - bottom - 18) * units / highest
        x, y = left + number * step, height - bottom - tall
        shapes.append(
            Markup(
                '<rect class="bar" x="{}" y="{}" width="{}" height="{}"><title>{}–{}：{}</title></rect>'
            ).format(_n(x + 1), _n(y), _n(step - 2), _n(tall), print_number(low), print_number(high), units)
        )
        if units:
            shapes.append(
                Markup('<text class="count" x="{}" y="{}">{}</text>').format(
                    _n(x + step / 2), _n(y - 4), f"{units:,}"
                )
            )
        shapes.append(
            Markup('<text class="edge" x="{}" y="{}">{}</text>').format(
                _n(x), _n(height - 8), print_compact(low)
            )
        )
    if bins:
        shapes.append(
            Markup('<text class="edge last" x="{}" y="{}">{}</text>').format(
                _n(width - left), _n(height - 8), "≥" if is_open else print_compact(bins[-1][1])
            )
        )
    return _svg("histogram", width, height, shapes)


def _svg(look: str, width: float, height: float, shapes: Sequence[Markup]) -> Markup:
    opening = Markup(
        '<svg class="chart {}" viewBox="0 0 {} {}" role="img" xmlns="http://www.w3.org/2000/svg">'
    )
    return Markup("").join(
        [opening.format(look, _n(width), _n(height)), *map(escape, shapes), Markup("</svg>")]
    )


def round_up(value: float) -> float:
    """Round up to 1, 2, 2.5 or 5 times a power of ten; return 0 unless positive."""
    if value <= 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return next(step * power for step in (1, 2, 2.5, 5, 10) if step * power >= value * (1 - 1e-9))


def print_compact(value: float) -> str:
    """Print a number in few characters: 12万, 3.5亿."""
    for size, name in ((1e8, "亿"), (1e4, "万")):
        if abs(value) >= size:
            return f"{value / size:.3g}{name}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")
