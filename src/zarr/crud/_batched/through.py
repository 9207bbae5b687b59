"""Writes that a batch does not gather, because its bound has no room for their chunks."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

from zarr.crud._selection.basic import Points
from zarr.crud._selection.chunk_parts import axis_parts, chunk_parts
from zarr.crud._stores.holder import one_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

    from zarr.crud._batched.gathered import Gathered
    from zarr.crud._batched.held import Index, Settings
    from zarr.crud._selection.basic import Selection
    from zarr.crud._selection.chunk_grid import ChunkGrid
    from zarr.crud.backends.requests import RegionWrite


def chunks_in(selection: Selection, grid: ChunkGrid) -> int:
    """Return how many chunks a selection touches."""
    if isinstance(selection, Points):
        return sum(1 for _ in chunk_parts(selection, grid))
    pairs = zip(selection.axes, grid.axes, strict=True)
    return prod(sum(1 for _ in axis_parts(taken, axis)) for taken, axis in pairs)


def write_through(
    gathered: Gathered, settings: Sequence[Settings], writes: Sequence[RegionWrite]
) -> None:
    """Write regions at once, after what is held of their chunks; all have one backend."""
    for one, write in zip(settings, writes, strict=True):
        _write_before(gathered, one, write)
    _, _, backend, options = settings[0]
    if len(writes) == 1:
        _, document, location, selection, value = writes[0]
        backend.write_region(document, location, selection, value, options=options)
    else:
        backend.write_regions(writes, options=options)
    for _, document, location, selection, _ in writes:
        gathered.note_written(location.path, chunks_in(selection, document.chunk_grid))


def _write_before(gathered: Gathered, settings: Settings, write: RegionWrite) -> None:
    if not gathered.holds_any_of(settings.location.path):
        return

    def keys() -> Iterator[str]:
        for part in chunk_parts(write.selection, write.document.chunk_grid):
            key = settings.key(part.chunk)
            if gathered.chunk_at(key) is not None:
                yield key

    gathered.write_out(one_of(*keys()))


def write_chunk_through(
    gathered: Gathered, settings: Settings, index: Index, value: npt.NDArray[Any]
) -> None:
    """Replace a chunk at once, and what is held of it."""
    document, location, backend, options = settings
    taken = gathered.take_out(one_of(settings.key(index)))
    try:
        backend.write_chunk(document, location, index, value, options=options)
    except BaseException:
        taken.give_back()
        raise
    taken.drop()
    gathered.note_written(location.path, 1)
