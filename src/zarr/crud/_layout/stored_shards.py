"""The indexes of stored shards: how many subchunks each has, its dead bytes, and its faults."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING, Final, NamedTuple

from zarr.crud._archives.shard_index import decode_index, form_of, index_nbytes, index_span
from zarr.crud._document.shards import sharding_of
from zarr.crud._errors import DecodeError, UnsupportedError
from zarr.crud._layout.fixed_sizes import fixed_subchunk_size
from zarr.crud._layout.shard_faults import examined
from zarr.crud._stores.many_parts import get_parts

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from zarr.crud._document.document import Document
    from zarr.crud._layout.shard_faults import FaultKind
    from zarr.crud._stores.location import Location
    from zarr.crud._stores.many_parts import Part

TOGETHER: Final = 256
"""Indexes that are read at a time."""

DAMAGED: Final = -1
"""The number of subchunks, and of dead bytes, of a shard whose index is damaged."""

type Index = tuple[int, ...]


class StoredShard(NamedTuple):
    """What the index of a shard says."""

    chunk: Index
    """The place of the shard in the chunk grid."""
    subchunks: int
    dead_nbytes: int
    faults: list[tuple[FaultKind, str]]


def why_unread(document: Document) -> str | None:
    """Return why indexes of an array's shards cannot be read by themselves, if it is so."""
    if sharding_of(document.array) is None:
        return None
    try:
        form_of(document)
    except UnsupportedError as err:
        return str(err)
    return None


def stored_shards(
    document: Document, location: Location, sizes: Mapping[Index, int]
) -> Iterator[StoredShard]:
    """Yield what the index of each shard says, in the order of `sizes`, which has the size of each.

    Nothing is yielded for an array without shards, or whose indexes cannot be read by themselves.
    """
    if sharding_of(document.array) is None or why_unread(document) is not None:
        return
    for some in batched(sizes.items(), TOGETHER):
        yield from _shards(document, location, some)


def _shards(
    document: Document, location: Location, some: Sequence[tuple[Index, int]]
) -> Iterator[StoredShard]:
    keys = {index: location.key(document.array.encode_chunk_key(index)) for index, _ in some}
    wanted = [
        (keys[index], index_span(document, size, index)[0], index_nbytes(document, index))
        for index, size in some
        if size >= index_nbytes(document, index)
    ]
    values = iter(_read(location, wanted))
    for index, size in some:
        length = index_nbytes(document, index)
        if size < length:
            text = f"the shard has {size} bytes, less than the {length} of its index"
            yield _damaged(index, text)
            continue
        value = next(values)
        if isinstance(value, Exception):
            text = f"the store raised {type(value).__name__}: {value}"
            yield StoredShard(index, DAMAGED, DAMAGED, [("unreadable", text)])
        elif value is None or len(value) < length:
            text = "the shard was replaced or deleted meanwhile"
            yield StoredShard(index, DAMAGED, DAMAGED, [("unreadable", text)])
        else:
            yield _examined(document, location, index, value, size)


def _examined(
    document: Document, location: Location, index: Index, value: bytes, size: int
) -> StoredShard:
    key = location.key(document.array.encode_chunk_key(index))
    try:
        found = decode_index(document, value, size, index, key=key, store=location.store)
    except DecodeError as err:
        return _damaged(index, str(err))
    own, fixed = index_span(document, size, index), fixed_subchunk_size(document)
    shard = examined(found.offsets, found.nbytes, size, own, fixed)
    return StoredShard(index, shard.subchunks, shard.dead_nbytes, shard.faults)


def _damaged(index: Index, text: str) -> StoredShard:
    return StoredShard(index, DAMAGED, DAMAGED, [("damaged-index", text)])


def _read(location: Location, wanted: list[Part]) -> list[bytes | Exception | None]:
    try:
        return list(get_parts(location.store, wanted))
    except Exception:  # noqa: BLE001  # one value must not hide the others
        return [_read_one(location, part) for part in wanted]


def _read_one(location: Location, part: Part) -> bytes | Exception | None:
    try:
        return get_parts(location.store, [part])[0]
    except Exception as err:  # noqa: BLE001  # as above
        return err
