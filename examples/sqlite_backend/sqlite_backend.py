"""A backend that reads many chunks of a `SqliteStore` by one query, and writes them together."""

from __future__ import annotations

import math
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from sqlite_store import SqliteStore

from zarr.codecs import BytesCodec
from zarr.crud import DecodeError
from zarr.crud.backends import (
    DEFAULT_OPTIONS,
    CrudBackend,
    as_planned,
    chunk_parts,
    hold,
    refused_option,
    whole_chunk,
)
from zarr.errors import ChunkNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from zarr.crud.backends import (
        ChunkPart,
        Document,
        Location,
        Operation,
        Options,
        Selection,
    )

    type Array = npt.NDArray[Any]


class SqliteBackend(CrudBackend):
    """Arrays of plain bytes in a `SqliteStore`: no compression, no shards."""

    name: ClassVar[str] = "sqlite"
    preference: ClassVar[int] = 200
    contract: ClassVar[int] = 1

    def supports(
        self,
        document: Document,
        location: Location,
        operation: Operation,
        selection: Selection | None = None,
        options: Options = DEFAULT_OPTIONS,
    ) -> str | None:
        """Return why an operation is refused; `None` if it is served."""
        if not isinstance(location.store, SqliteStore):
            return f"it serves a SqliteStore, and {location.store!r} is none"
        if document.array.zarr_format != 3:
            return "it serves arrays of format 3"
        if [type(codec) for codec in document.array.codecs] != [BytesCodec]:
            return "it serves arrays whose only codec is 'bytes'"
        if document.dtype.kind not in "biufcSUmM" or document.dtype.hasobject:
            return f"it serves elements of one length, and not {document.dtype}"
        return refused_option(location.store, operation, options)

    def read_chunk(
        self,
        document: Document,
        location: Location,
        index: tuple[int, ...],
        *,
        out: Array | None,
        options: Options,
    ) -> Array:
        """Return one chunk."""
        shape = document.chunk_shape_at(index)
        result = np.empty(shape, document.dtype) if out is None else out
        _read(document, location, [whole_chunk(index, shape)], result, options)
        return result

    def write_chunk(
        self,
        document: Document,
        location: Location,
        index: tuple[int, ...],
        value: Array,
        *,
        options: Options,
    ) -> None:
        """Store one chunk."""
        _write(document, location, [whole_chunk(index, value.shape)], value, options)

    def read_region(
        self,
        document: Document,
        location: Location,
        selection: Selection,
        *,
        out: Array | None,
        options: Options,
    ) -> Array:
        """Return the selected elements."""
        result = np.empty(selection.shape, document.dtype) if out is None else out
        parts = chunk_parts(selection, document.chunk_grid)
        target = as_planned(result, selection)
        _read(document, location, parts, target, options)
        if not np.shares_memory(target, result):
            result[...] = target.reshape(result.shape)
        return result

    def write_region(
        self,
        document: Document,
        location: Location,
        selection: Selection,
        value: Array,
        *,
        options: Options,
    ) -> None:
        """Store the selected elements: all of them, or none."""
        parts = chunk_parts(selection, document.chunk_grid)
        _write(document, location, parts, as_planned(value, selection), options)


def _read(
    document: Document,
    location: Location,
    parts: Iterable[ChunkPart],
    target: Array,
    options: Options,
) -> None:
    wanted = [(part, location.key(_key(document, part))) for part in parts]
    stored = _store(location).values([key for _, key in wanted])
    for part, key in wanted:
        data = stored.get(key)
        if data is None and options.missing_chunks == "error":
            raise ChunkNotFoundError(f"the chunk {part.chunk} is not stored (key {key!r})")
        box = _chunk(document, part, key, data)[part.chunk_selection]
        target[part.out_selection] = box if part.pick is None else np.atleast_1d(box)[part.pick]


def _write(
    document: Document,
    location: Location,
    parts: Iterable[ChunkPart],
    value: Array,
    options: Options,
) -> None:
    store = _store(location)
    changed = sorted(((_key(document, part), part) for part in parts), key=lambda it: it[0])
    with ExitStack() as locks:
        # Writers of other engines in this process; in sorted order, lest two wait for each other.
        for key, _ in changed:
            locks.enter_context(hold(location, key))
        # Writers in other processes, and readers: they see all of the chunks as they were, or new.
        with store.transaction():
            partial = [location.key(key) for key, part in changed if not part.covered]
            stored = store.values(partial)
            for name, part in changed:
                key = location.key(name)
                chunk = _chunk(document, part, key, stored.get(key))
                _put(value, part, chunk)
                data = chunk.tobytes()
                if (
                    data == _empty(document, chunk.shape).tobytes()
                    and not options.write_empty_chunks
                ):
                    store.remove(key)
                else:
                    store.put(key, data)


def _put(value: Array, part: ChunkPart, chunk: Array) -> None:
    if part.pick is None:
        chunk[part.chunk_selection] = value[part.out_selection]
    else:
        # With the ellipsis a view, also where the array has no axes.
        box: Array = chunk[part.chunk_selection + (...,)]  # noqa: RUF005
        np.atleast_1d(box)[part.pick] = value[part.out_selection]


def _chunk(document: Document, part: ChunkPart, key: str, data: bytes | None) -> Array:
    """A chunk in the data type that is stored; one that is not there holds the fill value."""
    shape = document.chunk_shape_at(part.chunk)
    if data is None:
        return _empty(document, shape)
    dtype = _stored_dtype(document)
    if len(data) != dtype.itemsize * math.prod(shape):
        raise DecodeError(f"the chunk {part.chunk} (key {key!r}) has {len(data)} bytes")
    return np.frombuffer(data, dtype).reshape(shape).copy()


def _empty(document: Document, shape: tuple[int, ...]) -> Array:
    return np.broadcast_to(document.fill_element.reshape(()), shape).astype(_stored_dtype(document))


def _stored_dtype(document: Document) -> np.dtype[Any]:
    metadata: Any = document.array
    endian = metadata.codecs[0].to_dict().get("configuration", {}).get("endian")
    return document.dtype.newbyteorder("big" if endian == "big" else "little")


def _store(location: Location) -> SqliteStore:
    assert isinstance(location.store, SqliteStore)  # `supports` says so
    return location.store


def _key(document: Document, part: ChunkPart) -> str:
    return document.array.encode_chunk_key(part.chunk)
