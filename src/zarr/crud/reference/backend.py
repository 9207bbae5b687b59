"""The reference backend: plain Python over zarr's own codecs, the oracle for the others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zarr.crud._document.casting import empty
from zarr.crud._encoding.unwritable import refused_write
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._selection.chunk_parts import ChunkPart, chunk_parts
from zarr.crud._stores.at_hand import is_at_hand, most_requests
from zarr.crud._stores.batches import work_on_each
from zarr.crud._stores.local_chunk import change_chunk
from zarr.crud._stores.parted_chunk import chunk_to_read
from zarr.crud.backends.contract import WRITES, CrudBackend
from zarr.crud.backends.selected import as_planned, whole_chunk
from zarr.crud.backends.store_options import refused_option
from zarr.crud.reference.codecs import codecs_for, codecs_of
from zarr.crud.reference.limits import lacking, refused_order
from zarr.crud.reference.picked import box_of, read_picked, whole
from zarr.errors import ChunkNotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Selection
    from zarr.crud._stores.chunk import StoredChunk
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.contract import Operation


class ReferenceBackend(CrudBackend):
    """Correctness before speed: each chunk through zarr's codec pipeline.

    One chunk after the other, or several at a time if the store has requests to wait for.

    It plans reads and writes independently of zarr's indexers and of the other backends. It serves
    zarr formats 2 and 3, and every chunk grid, data type, codec and store of zarr. It uses no event
    loop for stores with synchronous methods.
    """

    name: ClassVar[str] = "reference"
    preference: ClassVar[int] = -100

    def supports(
        self,
        document: Document,
        location: Location,
        operation: Operation,
        selection: Selection | None = None,
        options: Options = DEFAULT_OPTIONS,
    ) -> str | None:
        """Return why the operation is refused; see `CrudBackend.supports`."""
        reason = document.derive(_refusal)
        if reason is None and operation in WRITES:
            reason = document.derive(refused_write) or document.derive(refused_order)
        if reason is None and options is not DEFAULT_OPTIONS:
            return refused_option(location.store, operation, options)
        return reason

    def read_chunk(
        self,
        document: Document,
        location: Location,
        index: tuple[int, ...],
        *,
        out: npt.NDArray[Any] | None,
        options: Options,
    ) -> npt.NDArray[Any]:
        """Return one chunk; see `CrudBackend.read_chunk`."""
        shape = document.chunk_shape_at(index)
        result = empty(shape, document.dtype) if out is None else out
        self._read(document, location, [whole_chunk(index, shape)], result, options)
        return result

    def write_chunk(
        self,
        document: Document,
        location: Location,
        index: tuple[int, ...],
        value: npt.NDArray[Any],
        *,
        options: Options,
    ) -> None:
        """Store one chunk; see `CrudBackend.write_chunk`."""
        whole = whole_chunk(index, value.shape)
        self._write(document, location, [whole], value, options)

    def read_region(
        self,
        document: Document,
        location: Location,
        selection: Selection,
        *,
        out: npt.NDArray[Any] | None,
        options: Options,
    ) -> npt.NDArray[Any]:
        """Return the selected elements; see `CrudBackend.read_region`."""
        result = empty(selection.shape, document.dtype) if out is None else out
        if result.size:
            parts = chunk_parts(selection, document.chunk_grid)
            target = as_planned(result, selection)
            self._read(document, location, parts, target, options)
            if not np.shares_memory(target, result):
                result[...] = target.reshape(result.shape)
        return result

    def write_region(
        self,
        document: Document,
        location: Location,
        selection: Selection,
        value: npt.NDArray[Any],
        *,
        options: Options,
    ) -> None:
        """Store the selected elements; see `CrudBackend.write_region`."""
        parts = chunk_parts(selection, document.chunk_grid)
        self._write(document, location, parts, as_planned(value, selection), options)

    def _read(
        self,
        document: Document,
        location: Location,
        parts: Iterable[ChunkPart],
        target: npt.NDArray[Any],
        options: Options,
    ) -> None:
        codecs_of_shape = codecs_for(document, options)
        grid = document.chunk_grid
        encode_key = document.array.encode_chunk_key

        def read(part: ChunkPart) -> None:
            codecs = codecs_of_shape(grid.chunk_shape(part.chunk))
            key = location.key(encode_key(part.chunk))
            with chunk_to_read(location.store, key, options, codecs.decoded_size) as chunk:
                if part.pick is None:
                    found = codecs.read(chunk, part.chunk_selection, target, part.out_selection)
                else:
                    found, picked = read_picked(codecs, chunk, part, document.dtype)
                    target[part.out_selection] = picked
            if not found and options.missing_chunks == "error":
                raise ChunkNotFoundError(
                    f"the chunk {part.chunk} is not stored (key {chunk.key!r}); "
                    "read with missing_chunks='fill' to get the fill value instead"
                )

        work_on_each(read, parts, _threads(location, options))

    def _write(
        self,
        document: Document,
        location: Location,
        parts: Iterable[ChunkPart],
        value: npt.NDArray[Any],
        options: Options,
    ) -> None:
        codecs_of_shape = codecs_for(document, options)
        grid = document.chunk_grid
        encode_key = document.array.encode_chunk_key
        if value.dtype.hasobject and not value.flags.writeable:
            # The codecs of objects require writable memory, though they only read it.
            value = value.copy()

        def key_of(part: ChunkPart) -> str:
            return location.key(encode_key(part.chunk))

        def write(part: ChunkPart) -> None:
            store, key = location.store, key_of(part)
            change_chunk(store, key, options, lambda chunk: write_part(chunk, part))

        def write_part(chunk: StoredChunk, part: ChunkPart) -> None:
            codecs = codecs_of_shape(grid.chunk_shape(part.chunk))
            if part.pick is None:
                # A copy: encoders can crash the process if their input changes meanwhile. The
                # ellipsis keeps it an array if it has no axes; a scalar has another type.
                piece = np.array(value[(*part.out_selection, ...)])
                out = whole(piece.shape)
                codecs.write(chunk, part.chunk_selection, piece, out, covered=part.covered)
                return
            box = box_of(part, document.dtype)
            out = whole(box.shape)
            if not part.covered:
                codecs.read(chunk, part.chunk_selection, box, out)
            np.atleast_1d(box)[part.pick] = value[part.out_selection]
            codecs.write(chunk, part.chunk_selection, box, out, covered=part.covered)

        work_on_each(write, parts, _threads(location, options), key_of)


def _threads(location: Location, options: Options) -> int:
    """The number of chunks to process at a time: one, unless there are requests to wait for."""
    if options.concurrency is not None:
        return options.concurrency
    return 1 if is_at_hand(location.store) else most_requests()


def _refusal(document: Document) -> str | None:
    try:
        codecs = document.derive(codecs_of)(document.chunk_grid.largest)
    except (TypeError, ValueError) as err:
        # From a metadata object of zarr, whose constructor does not check with numcodecs.
        return f"its codecs do not work: {err}"
    if codecs.pipeline.sync_transform is None:
        return "one of its codecs has no synchronous form"
    return lacking(document)
