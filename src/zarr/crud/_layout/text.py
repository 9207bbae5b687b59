"""The layout of an array as plain text, with a chunk map of a few lines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from zarr.crud._archives.printable import printable
from zarr.crud._layout.shades import shades_of
from zarr.crud._layout.sizes import shown_size

if TYPE_CHECKING:
    from zarr.crud._layout.layout import Layout

MOST_BINS: Final = 32
"""The most characters of a line of the map, and its most lines."""

# From small to large; a dot is a chunk that is not stored.
_SHADES: Final = "░▒▓█"
_MISSING: Final = "·"


def rows_of(layout: Layout) -> list[tuple[str, str]]:
    """Return names and values of what is known, for a table."""
    unit = "chunks" if layout.subchunk_shape is None else "shards"
    shape = "ragged" if layout.chunk_shape is None else _shape(layout.chunk_shape)
    rows = [
        ("array", f"{printable(layout.path) or '/'}, shape {_shape(layout.shape)}, {layout.dtype}"),
        (unit, f"{shape} elements, a grid of {_shape(layout.grid)}"),
    ]
    if layout.subchunk_shape is not None:
        each = f"{_shape(layout.subchunk_shape)} elements, {layout.subchunks_per_shard} in a shard"
        rows.append(("subchunks", each))
    rows.append(("stored", f"{layout.stored_chunks} of {layout.chunks} {unit}, {_total(layout)}"))
    if layout.stored_chunks:
        least, most = int(layout.nbytes.min()), int(layout.nbytes.max())
        median = float(np.median(layout.nbytes))
        rows.append(
            ("sizes", f"{shown_size(least)} to {shown_size(most)}, median {shown_size(median)}")
        )
    if layout.subchunks is not None and layout.dead_nbytes is not None:
        damaged = int((layout.subchunks < 0).sum())
        held = int(layout.subchunks[layout.subchunks > 0].sum())
        room = layout.stored_chunks * (layout.subchunks_per_shard or 0)
        rows.append(("in shards", f"{held} of {room} subchunks, {damaged} damaged indexes"))
        rows.append(("dead bytes", shown_size(layout.dead_total or 0)))
    return rows


def text_of(layout: Layout) -> str:
    """Return the rows, and the chunk map."""
    lines = [f"{name:<10} {value}" for name, value in rows_of(layout)]
    if layout.chunks:
        lines += ["", *map_lines(layout)]
    return "\n".join(lines)


def map_lines(layout: Layout, axes: tuple[int, ...] = (0, 1)) -> list[str]:
    """Return a chunk map of characters, and a line that explains it."""
    found = layout.bins(axes, MOST_BINS)
    shades = shades_of(found, len(_SHADES))
    lines = ["".join(_SHADES[shade] if shade >= 0 else _MISSING for shade in row) for row in shades]
    rows, columns = found.steps
    bins = "" if rows == columns == 1 else f"; {rows} by {columns} chunks in a character"
    return [*lines, f"{_MISSING} not stored, {_SHADES[0]} small to {_SHADES[-1]} large{bins}"]


def _total(layout: Layout) -> str:
    ratio = layout.compression_ratio
    size = shown_size(layout.stored_nbytes)
    return size if ratio is None else f"{size}, compressed {ratio:.1f} times"


def _shape(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape)) or "()"
