"""Reads: boxes by the library from its own store, and whole values where that is not enough."""

from __future__ import annotations

import asyncio
import os
import stat
from itertools import batched, product
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from zarr.crud.backends import (
    Box,
    cast,
    check_cancelled,
    check_forked,
    chunk_parts,
    on_loop,
    requests_in_flight,
    value_at,
    work_on_each,
)
from zarr.errors import ChunkNotFoundError
from zarr.zarrista._codecs import ChunkCodec, codec_options, elements_of, threads_for
from zarr.zarrista._library import LibraryError, awaited, called

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import numpy.typing as npt

    from zarr.crud.backends import ChunkPart, Document, Location, Options, Selection
    from zarr.zarrista._arrays import Opened


class Read:
    """One read of an array."""

    def __init__(
        self, opened: Opened, document: Document, location: Location, options: Options
    ) -> None:
        self._opened = opened
        self._document = document
        self._location = location
        self._options = options

    def chunk(self, part: ChunkPart, target: npt.NDArray[Any]) -> None:
        """Read a whole chunk, in its nominal shape."""
        if self._by_values():
            self._read_values([part], target)
            return
        try:
            self._check_files([part.chunk])
            method = self._opened.array.retrieve_chunk
            (found,) = self._results(method, [list(part.chunk)])
        except LibraryError:
            self._read_values([part], target)
        else:
            self._put(found, target, ...)

    def region(self, selection: Selection, target: npt.NDArray[Any]) -> None:
        """Read the selected elements into an array as `chunk_parts` addresses it."""
        if self._by_values():
            self._read_values(self._parts(selection), target)
            return
        try:
            if isinstance(selection, Box):
                self._read_box(selection, target)
            else:
                self._read_boxes(self._parts(selection), target)
        except LibraryError:
            # The store's own error, or the key of a damaged chunk, or a chunk that was replaced
            # during the read: the values one by one tell which.
            self._read_values(self._parts(selection), target)

    def _by_values(self) -> bool:
        """Whether an option needs more than the library's own reads do."""
        options, opened = self._options, self._opened
        if options.missing_chunks == "error":
            # The library does not tell a missing chunk from one of the fill value.
            return True
        has_parts = opened.store.waits or "shards" in opened.prepared.layout
        if options.immutable_store is False and has_parts:
            # It reads parts of a value apart: the index of a shard, and its subchunks.
            return True
        # Its asynchronous arrays decode in threads of their own.
        return opened.store.waits and options.concurrency is not None

    def _parts(self, selection: Selection) -> Iterator[ChunkPart]:
        return chunk_parts(selection, self._document.chunk_grid)

    def _read_box(self, box: Box, target: npt.NDArray[Any]) -> None:
        runs = [(axis, 1) if isinstance(axis, int) else (axis[0], axis[2]) for axis in box.axes]
        grid = self._document.chunk_grid
        touched = [
            range(axis.chunk_of(start), axis.chunk_of(start + count - 1) + 1)
            for (start, count), axis in zip(runs, grid.axes, strict=True)
        ]
        self._check_files(product(*touched))
        slices = tuple(slice(start, start + count) for start, count in runs)
        (found,) = self._results(self._opened.array.retrieve_array_subset, [slices])
        self._put(found, target, ...)

    def _read_boxes(self, parts: Iterable[ChunkPart], target: npt.NDArray[Any]) -> None:
        """Read the box of each chunk, and gather the selected elements from it."""
        axes = self._document.chunk_grid.axes
        at_a_time = requests_in_flight() if self._opened.store.waits else 1
        for some in batched(parts, at_a_time):
            self._check_files(part.chunk for part in some)
            boxes = []
            for part in some:
                starts = [axis.starts[at] for axis, at in zip(axes, part.chunk, strict=True)]
                boxes.append(
                    tuple(
                        slice(start + taken.start, start + taken.stop)
                        for start, taken in zip(starts, part.chunk_selection, strict=True)
                    )
                )
            found = self._results(self._opened.array.retrieve_array_subset, boxes)
            for part, box in zip(some, found, strict=True):
                steps = tuple(slice(None, None, taken.step) for taken in part.chunk_selection)
                self._gather(part, box[steps], target)

    def _results(self, method: Any, items: Sequence[Any]) -> list[npt.NDArray[Any]]:
        """Return what a method of the library's array reads for each item."""
        options, prepared = codec_options(self._options), self._opened.prepared
        if self._opened.store.waits:
            check_forked(self._location.store)
            tensors = on_loop(_gathered(method, items, options))
        else:
            tensors = []
            for item in items:
                check_cancelled()
                tensors.append(called(method, item, **options))
        return [called(elements_of, tensor, prepared) for tensor in tensors]

    def _read_values(self, parts: Iterable[ChunkPart], target: npt.NDArray[Any]) -> None:
        """Read the stored value of each chunk as a whole, and let the library decode it."""
        document, location, options = self._document, self._location, self._options
        prepared, encode_key = self._opened.prepared, document.array.encode_chunk_key

        def read(part: ChunkPart) -> None:
            codec = ChunkCodec(document, prepared, part.chunk, options)
            key = encode_key(part.chunk)
            with value_at(location, key, options) as stored:
                data = stored.get_sync()
                if data is None and options.missing_chunks == "error":
                    raise ChunkNotFoundError(
                        f"the chunk {part.chunk} is not stored (key {location.key(key)!r}); "
                        "read with missing_chunks='fill' to get the fill value instead"
                    )
                if data is None:
                    chunk = codec.fill()
                else:
                    with stored.decoding():
                        chunk = codec.decode(data.to_bytes())
            self._gather(part, chunk[part.chunk_selection], target)

        work_on_each(read, parts, threads_for(location, options))

    def _gather(self, part: ChunkPart, box: npt.NDArray[Any], target: npt.NDArray[Any]) -> None:
        taken = box if part.pick is None else np.atleast_1d(box)[part.pick]
        self._put(np.asarray(taken), target, part.out_selection)

    def _put(self, found: npt.NDArray[Any], target: npt.NDArray[Any], where: Any) -> None:
        target[where] = cast(found, self._document.dtype)

    def _check_files(self, chunks: Iterable[tuple[int, ...]]) -> None:
        """Raise an error where the library would raise none.

        It would wait forever for a FIFO, and not look at the length of raw chunks.
        """
        root, document = self._opened.store.root, self._document
        if root is None:
            return
        encode_key, is_raw = document.array.encode_chunk_key, self._opened.prepared.layout == "raw"
        prefix = f"{root}/{self._location.key('')}"
        for chunk in chunks:
            self._opened.keys += 1
            key = encode_key(chunk)
            try:
                found = os.stat(prefix + key)  # noqa: PTH116
            except (FileNotFoundError, NotADirectoryError):
                continue
            if not stat.S_ISREG(found.st_mode):
                with value_at(self._location, key, self._options) as stored:
                    stored.get_sync()
            size = prod(document.chunk_shape_at(chunk)) * self._opened.prepared.dtype.itemsize
            if is_raw and found.st_size != size:
                raise LibraryError(f"the chunk has {found.st_size} bytes, and not {size}")


async def _gathered(method: Any, items: Sequence[Any], options: dict[str, Any]) -> list[Any]:
    return await asyncio.gather(*(awaited(method, item, **options) for item in items))
