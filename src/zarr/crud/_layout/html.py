"""The layout of an array as HTML: a table and a chunk map, of bounded size; all text is escaped."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from zarr.crud._archives.printable import printable
from zarr.crud._layout.shades import shades_of
from zarr.crud._layout.text import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.crud._layout.layout import Layout

MOST_BINS: Final = 32
"""The most cells along an axis of the map."""

MOST_TEXT: Final = 400
"""The most characters of a value in a table."""

_SIDE: Final = 240
_COLORS: Final = ("#deebf7", "#9ecae1", "#6baed6", "#3182bd", "#08519c")
_MISSING: Final = "#f4f4f4"


def page_of(layout: Layout) -> str:
    """Return the table and the map."""
    return side_by_side(table_of(rows_of(layout)), map_of(layout))


def table_of(rows: Iterable[tuple[str, str]]) -> str:
    """Return names and values as a table."""
    lines = "".join(
        f'<tr><th style="text-align:left">{escape(clipped(name))}</th>'
        f'<td style="text-align:left">{escape(clipped(value))}</td></tr>'
        for name, value in rows
    )
    return f"<table>{lines}</table>"


def side_by_side(*parts: str) -> str:
    """Return parts beside each other, where there is room."""
    inner = "".join(f"<div>{part}</div>" for part in parts if part)
    return f'<div style="display:flex;flex-wrap:wrap;gap:1em">{inner}</div>'


def clipped(text: str) -> str:
    """Return a text of bounded length, without control characters."""
    line = printable(text[:MOST_TEXT])
    return line if len(text) <= MOST_TEXT else f"{line}…"


def map_of(layout: Layout, axes: tuple[int, ...] = (0, 1)) -> str:
    """Return the chunk map as SVG: one path for each shade."""
    if not layout.chunks:
        return ""
    found = layout.bins(axes, MOST_BINS)
    shades = shades_of(found, len(_COLORS))
    rows, columns = shades.shape
    paths = []
    for shade, color in enumerate((_MISSING, *_COLORS), -1):
        cells = [
            f"M{column} {row}h1v1h-1z"
            for row, column in zip(*(shades == shade).nonzero(), strict=True)
        ]
        if cells:
            paths.append(
                f'<path fill="{color}" stroke="#fff" stroke-width=".06" d="{"".join(cells)}"/>'
            )
    side = _SIDE / max(rows, columns)
    width, height = max(side * columns, 12), max(side * rows, 12)
    title = (
        f"stored bytes by place in the chunk grid, axes {_named(found.axes)}: "
        f"light is small, dark is large, {layout.missing_chunks} of {layout.chunks} not stored"
    )
    return (
        f'<svg width="{width:.0f}" height="{height:.0f}" viewBox="0 0 {columns} {rows}" '
        'preserveAspectRatio="none" shape-rendering="crispEdges" role="img" '
        'style="border:1px solid #999">'
        f"<title>{escape(title)}</title>{''.join(paths)}</svg>"
    )


def _named(axes: tuple[int | None, int | None]) -> str:
    return " and ".join(str(axis) for axis in axes if axis is not None) or "none"
