"""What several chunks give to one axis of a selection. Pure: only NumPy and chunk grids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from zarr.crud._selection.chunk_grid import UniformAxis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from zarr.crud._selection.basic import Axis, Positions
    from zarr.crud._selection.chunk_grid import ChunkAxis


class Piece(NamedTuple):
    """The positions that are taken of a chunk, and their places in the buffer of a call."""

    taken: Any
    place: Any
    """`None` for an axis that the buffer lacks."""


def chunk_start(axis: ChunkAxis, at: int) -> int:
    """Return the first position of a chunk, which may lie beyond the end of a uniform axis."""
    return at * axis.largest if isinstance(axis, UniformAxis) else axis.starts[at]


def joined_axis(axis: ChunkAxis, pieces: Mapping[int, Piece]) -> tuple[Axis, slice | None] | None:
    """Return the axis of a selection that takes all pieces, by chunk, and their common place.

    The place is `None` if the axis is dropped. Returns `None` if one selection cannot do this.
    """
    some = next(iter(pieces.values()))
    if some.place is None:
        if len(pieces) > 1:
            return None
        ((at, piece),) = pieces.items()
        alone = _positions(piece.taken, axis.size(at))
        return (
            None
            if alone is None or alone.size != 1
            else (chunk_start(axis, at) + int(alone[0]), None)
        )
    return _stepped(axis, pieces) or _listed(axis, pieces)


def _stepped(axis: ChunkAxis, pieces: Mapping[int, Piece]) -> tuple[Axis, slice] | None:
    """The same for slices that continue each other with the same step."""
    spans: list[tuple[int, int, int, int]] = []
    for at, (taken, place) in pieces.items():
        if type(taken) is not slice or not _is_plain(place):
            return None
        start, stop, step = taken.indices(axis.size(at))
        count = len(range(start, stop, step))
        if step < 1 or not 0 < count == place.stop - place.start:
            return None
        spans.append((int(place.start), chunk_start(axis, at) + start, step, count))
    spans.sort()
    place, first, step, _ = spans[0]
    total = 0
    for begin, start, its_step, count in spans:
        if (begin, start, its_step) != (place + total, first + total * step, step):
            return None
        total += count
    return (first, 1 if total == 1 else step, total), slice(place, place + total)


def _listed(axis: ChunkAxis, pieces: Mapping[int, Piece]) -> tuple[Axis, slice] | None:
    """The same for lists, which may be in any order."""
    lists: list[tuple[Positions, Any]] = []
    for at, (taken, place) in pieces.items():
        positions = _positions(taken, axis.size(at))
        if positions is None:
            return None
        lists.append((positions + chunk_start(axis, at), _place(place)))
    made = _gathered([[positions] for positions, _ in lists], [place for _, place in lists])
    return None if made is None else (made[0][0], made[1])


def joined_points(
    axes: Sequence[ChunkAxis],
    indices: Sequence[tuple[int, ...]],
    given: Sequence[tuple[Any, Any]],
) -> tuple[tuple[Positions, ...], slice] | None:
    """Return the positions of all points, an array for each axis, and their common place."""
    lists: list[list[Positions]] = []
    for index, (taken, _) in zip(indices, given, strict=True):
        if not isinstance(taken, tuple) or len(taken) != len(axes):
            return None
        row: list[Positions] = []
        for axis, at, item in zip(axes, index, taken, strict=True):
            if not isinstance(item, np.ndarray) or item.ndim != 1 or item.dtype == bool:
                return None
            positions = _positions(item, axis.size(at))
            if positions is None or positions.size != taken[0].size:
                return None
            row.append(positions + chunk_start(axis, at))
        lists.append(row)
    made = _gathered(lists, [_place(place) for _, place in given])
    return None if made is None else (tuple(made[0]), made[1])


def _gathered(
    lists: Sequence[Sequence[Positions]], places: Sequence[Any]
) -> tuple[list[Positions], slice] | None:
    """Put lists of positions, several for each chunk, in the order of their places."""
    if any(place is None for place in places):
        return None
    sizes = [row[0].size for row in lists]
    total = sum(sizes)
    lows = [_low(place) for place in places]
    first = min(lows)
    found = [np.full(total, -1, np.int64) for _ in lists[0]]
    for row, place, size in zip(lists, places, sizes, strict=True):
        if _size(place) != size:
            return None
        target = _moved(place, -first)
        for into, positions in zip(found, row, strict=True):
            try:
                into[target] = positions
            except (IndexError, ValueError):
                return None
    # Every place has exactly one position.
    return None if total == 0 or found[0].min() < 0 else (found, slice(first, first + total))


def _positions(taken: Any, extent: int) -> Positions | None:
    """Return the positions that an index takes of an axis of a chunk."""
    if type(taken) is slice:
        return np.arange(*taken.indices(extent), dtype=np.int64)
    found: np.ndarray[Any, Any] = np.asarray(taken)
    if found.dtype == bool:
        return np.flatnonzero(found) if found.ndim == 1 and found.size == extent else None
    if found.dtype.kind not in "iu" or found.size != max(found.shape, default=1):
        return None
    positions = found.reshape(-1).astype(np.int64, copy=False)
    if positions.size and not (positions.min() >= 0 and positions.max() < extent):
        return None
    return positions


def _is_plain(place: Any) -> bool:
    return (
        type(place) is slice
        and place.step in (None, 1)
        and isinstance(place.start, (int, np.integer))
        and isinstance(place.stop, (int, np.integer))
        and 0 <= int(place.start) <= int(place.stop)
    )


def _place(place: Any) -> slice | Positions | None:
    """Return a place as a slice or a list, `None` if it is neither."""
    if _is_plain(place):
        return slice(int(place.start), int(place.stop))
    if not isinstance(place, np.ndarray) or place.dtype.kind not in "iu":
        return None
    if not place.size or place.size != max(place.shape, default=1):
        return None
    flat: Positions = place.reshape(-1).astype(np.int64, copy=False)
    return flat if flat.min() >= 0 else None


def _low(place: Any) -> int:
    return int(place.start if isinstance(place, slice) else place.min())


def _size(place: Any) -> int:
    return int(place.stop - place.start if isinstance(place, slice) else place.size)


def _moved(place: Any, by: int) -> Any:
    return slice(place.start + by, place.stop + by) if isinstance(place, slice) else place + by
