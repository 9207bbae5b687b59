"""Arrays in every layout, and the indexers that libraries pass to them."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np

import zarr
from zarr.codecs import BytesCodec
from zarr.core.array_spec import ArraySpec
from zarr.core.buffer import default_buffer_prototype
from zarr.core.indexing import (
    BasicIndexer,
    ChunkProjection,
    CoordinateIndexer,
    MaskIndexer,
    OrthogonalIndexer,
)
from zarr.core.sync import sync
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ENGINES = ("zarrs", "reference", "auto")
VALUES = np.arange(35, dtype="i4").reshape(7, 5)
LAYOUTS: dict[str, dict[str, Any]] = {
    "format 2": {"zarr_format": 2, "chunks": (3, 2)},
    "format 2, order F": {"zarr_format": 2, "chunks": (3, 2), "order": "F"},
    "format 2, other separator": {
        "zarr_format": 2,
        "chunks": (3, 2),
        "chunk_key_encoding": {"name": "v2", "separator": "/"},
    },
    "format 3": {"chunks": (3, 2)},
    "big-endian": {"chunks": (3, 2), "serializer": BytesCodec(endian="big")},
    "keys of format 2": {"chunks": (3, 2), "chunk_key_encoding": {"name": "v2", "separator": "."}},
    "shards": {"chunks": (3, 2), "shards": (6, 4)},
    "rectilinear": {"chunks": [[3, 1, 3], [2, 3]]},
}
INDEXERS: dict[str, Any] = {
    "box": lambda s, g: BasicIndexer((slice(1, 6), slice(2, 5)), s, g),
    "step": lambda s, g: BasicIndexer((slice(0, 7, 3), 4), s, g),
    "element": lambda s, g: BasicIndexer((6, 4), s, g),
    "all": lambda s, g: BasicIndexer(..., s, g),
    "nothing": lambda s, g: BasicIndexer(slice(2, 2), s, g),
    "rows": lambda s, g: OrthogonalIndexer((np.array([6, 0, 3]), slice(None)), s, g),
    "outer": lambda s, g: OrthogonalIndexer(([6, 0], [4, 4, 1]), s, g),
    "list and integer": lambda s, g: OrthogonalIndexer((np.array([6, 0]), 3), s, g),
    "mask of an axis": lambda s, g: OrthogonalIndexer((np.arange(7) % 2 == 0, slice(1, 3)), s, g),
    "points": lambda s, g: CoordinateIndexer(([6, 0, 3, 3], [4, 1, 2, 0]), s, g),
    "mask": lambda s, g: MaskIndexer((np.arange(35) % 4 == 1).reshape(7, 5), s, g),
}


def arrays(layout: str, engine: str) -> tuple[Any, Any]:
    """The same array twice: without and with an engine."""
    with zarr.config.set({"array.rectilinear_chunks": True}):
        native = zarr.create_array(MemoryStore(), shape=(7, 5), dtype="i4", **LAYOUTS[layout])
        native[...] = VALUES
        # Without the fork, arrays have only zarr's own way.
        ours: Any = (
            zarr.open_array(native.store) if engine == "zarr" else native.with_engine(engine)
        )
    return native, ours


def ask(array: Any, indexer: Any, **options: Any) -> Any:
    """Read in the way of libraries that have their own indexer."""
    prototype = default_buffer_prototype()
    return sync(array._async_array._get_selection(indexer, prototype=prototype, **options))


def tell(array: Any, indexer: Any, value: Any) -> None:
    """Write in the same way."""
    prototype = default_buffer_prototype()
    sync(array._async_array._set_selection(indexer, value, prototype=prototype))


def made(array: Any, name: str) -> Any:
    """Create an indexer with that name for an array."""
    return INDEXERS[name](array.shape, array._async_array._chunk_grid)


class Joined:
    """Slices of the first axis, one after the other."""

    drop_axes = ()

    def __init__(self, array: Any, rows: list[tuple[int, int]], *others: Any) -> None:
        grid = array._async_array._chunk_grid
        self.indexers = [BasicIndexer((slice(*pair), *others), array.shape, grid) for pair in rows]
        count = sum(one.shape[0] for one in self.indexers)
        self.shape = (count, *self.indexers[0].shape[1:])

    def __iter__(self) -> Iterator[ChunkProjection]:
        start = 0
        for indexer in self.indexers:
            for chunk, taken, where, whole in indexer:
                rows: Any = where[0]  # type: ignore[index]
                place = slice(start + rows.start, start + rows.stop)
                yield ChunkProjection(chunk, taken, (place, *where[1:]), whole)  # type: ignore[index]
            start += indexer.shape[0]


class Duck(SimpleNamespace):
    """An indexer that is no class of zarr: it has a shape, axes to drop, and projections."""

    def __init__(self, shape: tuple[int, ...], projections: Iterable[ChunkProjection]) -> None:
        super().__init__(shape=shape, drop_axes=(), projections=list(projections))

    def __iter__(self) -> Any:
        return iter(self.projections)


def spec_of(array: Any, shape: tuple[int, ...]) -> ArraySpec:
    """The spec that upstream creates for a chunk."""
    metadata = array.metadata
    return ArraySpec(
        shape, metadata.dtype, metadata.fill_value, array.config, default_buffer_prototype()
    )
