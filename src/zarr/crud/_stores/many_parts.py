"""Parts of many values, in as few round trips as the store allows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from zarr.abc.store import RangeByteRequest
from zarr.core.buffer.cpu import buffer_prototype as cpu_buffer_prototype
from zarr.crud._stores.batches import read_each
from zarr.crud._stores.cancellation import check_cancelled
from zarr.crud._stores.direct import DirectStore
from zarr.crud._stores.directories import directory_of
from zarr.crud._stores.event_loop import is_synchronous
from zarr.crud._stores.forks import check_forked
from zarr.crud._stores.many_on_loop import read_on_loop
from zarr.crud._stores.ranges import get_part, get_part_sync
from zarr.crud._stores.system_files import READ, read_at

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zarr.abc.store import Store

type Part = tuple[str, int, int]
"""A key, the place of the first byte, and the number of bytes, of which there is at least one."""


def get_parts(store: Store, parts: Sequence[Part]) -> list[bytes | None]:
    """Return each part of a value, or as much of it as there is; `None` if the key is absent."""
    if isinstance(store, DirectStore):
        check_cancelled()
        return list(store.get_many(list(parts)))
    local = directory_of(store)
    if local is not None:
        return [_of_file(local.root / key, start, length) for key, start, length in parts]
    calls = [
        (store, key, cpu_buffer_prototype, RangeByteRequest(start, start + length))
        for key, start, length in parts
    ]
    found: list[Any]
    if is_synchronous(store):
        found = read_each(store, get_part_sync, calls)
    else:
        check_forked(store)
        found = read_on_loop(get_part, calls)
    return [None if one is None else one.to_bytes() for one in found]


def _of_file(path: Path, start: int, length: int) -> bytes | None:
    check_cancelled()
    try:
        # Do not wait for the writer of a FIFO.
        fd = os.open(path, READ)
    except (FileNotFoundError, NotADirectoryError):
        return None
    try:
        return read_at(fd, length, start)
    finally:
        os.close(fd)
