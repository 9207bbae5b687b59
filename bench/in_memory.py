"""Peers whose array is in a MemoryStore: the cost of a store in Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.engines import ArrayZarrs, CrudReference, CrudZarrs
from bench.peers import Batched, Fused, ZarrsPipeline
from zarr.core.buffer import default_buffer_prototype
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from bench.peer import Peer


class _InMemory:
    """The files of a folder, each under its path."""

    def store_of(self, folder: Path) -> MemoryStore:
        """Return a store with the files of the folder."""
        make = default_buffer_prototype().buffer.from_bytes
        files = [path for path in folder.rglob("*") if path.is_file()]
        names = (path.relative_to(folder).as_posix() for path in files)
        values = (make(path.read_bytes()) for path in files)
        return MemoryStore(dict(zip(names, values, strict=True)))


class BatchedInMemory(_InMemory, Batched):
    """zarr without any configuration."""


class FusedInMemory(_InMemory, Fused):
    """Upstream's synchronous pipeline."""


class ZarrsPipelineInMemory(_InMemory, ZarrsPipeline):
    """Our codec pipeline under an array without an engine."""


class CrudReferenceInMemory(_InMemory, CrudReference):
    """zarr.crud in pure Python."""


class CrudZarrsInMemory(_InMemory, CrudZarrs):
    """zarr.crud in Rust, with calls back to the store."""


class ArrayZarrsInMemory(_InMemory, ArrayZarrs):
    """An ordinary zarr.Array that was opened with engine="zarrs"."""


IN_MEMORY: tuple[type[Peer], ...] = (
    BatchedInMemory,
    FusedInMemory,
    ZarrsPipelineInMemory,
    CrudReferenceInMemory,
    CrudZarrsInMemory,
    ArrayZarrsInMemory,
)
