"""One stored chunk, of which a shard's codec reads the index and the subchunks that it needs."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from zarr.abc.store import RangeByteRequest, Store
from zarr.core._coalesce import coalesce_ranges
from zarr.crud._stores.at_hand import is_at_hand
from zarr.crud._stores.batches import read_each
from zarr.crud._stores.chunk import StoredChunk, steady
from zarr.crud._stores.etags import get_tagged, gives_etags
from zarr.crud._stores.event_loop import is_synchronous
from zarr.crud._stores.forks import check_forked
from zarr.crud._stores.immutable import is_immutable
from zarr.crud._stores.local_chunk import chunk_at
from zarr.crud._stores.location import store_prototype
from zarr.crud._stores.many_on_loop import read_on_loop
from zarr.crud._stores.ranges import get_part, get_part_sync

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from zarr.abc.store import ByteRequest
    from zarr.core.buffer import Buffer, BufferPrototype
    from zarr.crud._options import Options

    type Part = tuple[Buffer | None, str | None]
    """Some bytes of a value, and the value's ETag."""


def chunk_to_read(store: Store, key: str, options: Options, decoded: int | None) -> StoredChunk:
    """Return the chunk of a key, to read parts of it in as few requests as possible.

    `decoded` is the decoded size of the chunk; `None` if it depends on the elements.
    """
    if is_at_hand(store):
        # A file is open while it is read, and a value in memory is fetched at no cost.
        return chunk_at(store, key, options)
    return PartedChunk(store, key, options, decoded)


class PartedChunk(StoredChunk):
    """A chunk that zarr's sharding codec reads by ranges, all of them of one stored value.

    The codec requests the index with `get_sync`, and all subchunks with one `get_ranges_sync`,
    because this object says that it is the store of its own value.
    """

    def __init__(self, store: Store, key: str, options: Options, decoded: int | None) -> None:
        super().__init__(store, key)
        self._gap = options.coalesce_max_gap
        self._most = options.coalesce_max_bytes
        self._immutable = options.immutable_store
        self._decoded = decoded
        self._index: tuple[ByteRequest, Part] | None = None

    @cached_property
    def _is_immutable(self) -> bool:
        return is_immutable(self._store) if self._immutable is None else self._immutable

    @cached_property
    def _is_tagged(self) -> bool:
        return not self._is_immutable and gives_etags(self._store)

    @cached_property
    def _is_whole(self) -> bool:
        # One request for a small shard replaces three. Where nothing must be verified, it would
        # replace only two.
        is_small = self._decoded is not None and self._decoded <= min(self._gap, self._most)
        return is_small and not self._is_immutable and not self._is_tagged

    @property
    def store(self) -> PartedChunk:
        """The object that the sharding codec asks for ranges."""
        return self

    @property
    def path(self) -> str:
        """The key."""
        return self.key

    def decode[T](self, work: Callable[[], T]) -> T:
        """Run `work`, which decodes parts of the chunk; see `StoredChunk.decode`."""
        try:
            return super().decode(work)
        except _Replaced:
            # One response has one value, so nothing remains to be verified.
            self._is_whole = True
            return super().decode(work)

    def get_ranges_sync(
        self,
        key: str,
        byte_ranges: Sequence[RangeByteRequest],
        *,
        prototype: BufferPrototype,
        **_: Any,
    ) -> list[tuple[int, Buffer | None]]:
        """Return the subchunks at ranges of the value, with their numbers."""
        del key
        if self._is_whole:
            return [(n, self.get_sync(prototype, one)) for n, one in enumerate(byte_ranges)]
        with self._store_call():
            found = self._parts(byte_ranges)
        of = prototype.buffer.from_array_like
        return [(number, of(part.as_numpy_array())) for number, part in found]

    def _bytes_at(self, byte_range: ByteRequest | None) -> Buffer | None:
        if byte_range is None or self._is_whole:
            return super()._bytes_at(byte_range)
        [part] = self._fetch([byte_range])
        self._index = (byte_range, part)
        return part[0]

    def _parts(self, byte_ranges: Sequence[RangeByteRequest]) -> list[tuple[int, Buffer]]:
        groups, _ = coalesce_ranges(
            byte_ranges, max_gap_bytes=self._gap, max_coalesced_bytes=self._most
        )
        spans: list[ByteRequest] = [
            RangeByteRequest(members[0][1].start, max(one.end for _, one in members))
            for members in groups
        ]
        fetched = self._fetch(spans)
        found = []
        for members, (joined, _tag) in zip(groups, fetched, strict=True):
            if joined is None:
                raise _Replaced
            start = members[0][1].start
            for number, one in members:
                at = one.start - start
                # The end of a range from a damaged index can be before its start.
                found.append((number, joined[at : max(at, one.end - start)]))
        if not self._are_of_one_value(fetched):
            raise _Replaced
        return found

    def _are_of_one_value(self, fetched: list[Part]) -> bool:
        """Return whether the fetched subchunks are of the value whose index was read."""
        if self._is_immutable or self._index is None:
            return True
        asked, (index, tag) = self._index
        if tag is not None and all(other == tag for _, other in fetched):
            return True
        [(again, _)] = self._fetch([asked])
        return again is not None and index is not None and again.to_bytes() == index.to_bytes()

    def _fetch(self, byte_ranges: Sequence[ByteRequest]) -> list[Part]:
        store, prototype = self._store, store_prototype()
        calls = [(store, self.key, prototype, one) for one in byte_ranges]
        if is_synchronous(store):
            found: list[Part] = [(part, None) for part in read_each(store, get_part_sync, calls)]
        else:
            check_forked(store)
            get = get_tagged if self._is_tagged else _get_untagged
            found = read_on_loop(get, calls)
        return [(steady(part), tag) for part, tag in found]


# The sharding codec asks only what it takes for a store for several ranges at once.
Store.register(PartedChunk)


async def _get_untagged(
    store: Store, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None
) -> Part:
    return await get_part(store, key, prototype, byte_range), None


class _Replaced(Exception):  # noqa: N818
    """Index and subchunks may be of two values, because the shard was replaced meanwhile."""
