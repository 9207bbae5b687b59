"""The options of a call in the form that the extension takes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from zarr.crud.backends import DEFAULT_OPTIONS, Options
from zarr.zarrs._chunk_cache import tell_cache_of_changes
from zarr.zarrs._direct_io import DirectOptions
from zarr.zarrs._extension import extension

# The options of the previous call, which are usually the same: hashing takes a microsecond.
_before: tuple[Options, Any] = (DEFAULT_OPTIONS, None)


def call_options(options: Options) -> Any:
    """Return the extension's options; `None` for the defaults."""
    global _before
    known, made = _before
    if known is not options:
        made = None if options is DEFAULT_OPTIONS else _made_options(options)
        _before = (options, made)
    return made


@lru_cache(maxsize=64)
def _made_options(options: Options) -> Any:
    if options.chunk_cache:
        tell_cache_of_changes()
    return extension().Options(
        concurrency=options.concurrency,
        missing_chunks=options.missing_chunks,
        write_empty_chunks=options.write_empty_chunks,
        decoded_size_budget=options.decoded_size_budget,
        validate_checksums=options.validate_checksums,
        durability=options.durability,
        direct_io=isinstance(options, DirectOptions),
        locking=options.locking,
        memory_pool=options.memory_pool,
        coalesce_max_gap=options.coalesce_max_gap,
        coalesce_max_bytes=options.coalesce_max_bytes,
        immutable_store=options.immutable_store,
        in_flight_bytes=options.in_flight_bytes,
        chunk_cache=options.chunk_cache,
        chunk_cache_max_age=options.chunk_cache_max_age,
    )
