"""The options of an engine as a mapping, for type checkers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from zarr.crud._options import Durability, Locking, MissingChunks


class EngineOptions(TypedDict, total=False):
    """The fields of `zarr.crud.Options`, all optional; `None` also means omitted."""

    missing_chunks: MissingChunks | None
    write_empty_chunks: bool | None
    concurrency: int | None
    decoded_size_budget: int | None
    validate_checksums: bool | None
    durability: Durability | None
    locking: Locking | None
    memory_pool: int | None
    coalesce_max_gap: int | None
    coalesce_max_bytes: int | None
    immutable_store: bool | None
    in_flight_bytes: int | None
    chunk_cache: int | None
    chunk_cache_max_age: float | None
