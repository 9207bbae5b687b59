"""The zarrista backend: one method per verb."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from zarr.crud.backends import (
    DEFAULT_OPTIONS,
    WRITES,
    CrudBackend,
    as_planned,
    chunk_parts,
    errors,
    refused_option,
    refused_write,
    whole_chunk,
)
from zarr.zarrista._arrays import Opened, opened
from zarr.zarrista._document import prepare, refused_format
from zarr.zarrista._library import lost, missing
from zarr.zarrista._reads import Read
from zarr.zarrista._store import reach
from zarr.zarrista._writes import write

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy.typing as npt

    from zarr.abc.store import Store
    from zarr.crud.backends import ChunkPart, Document, Location, Operation, Options, Selection


class ZarristaBackend(CrudBackend):
    """Chunk and region I/O by the library zarrista.

    It reads boxes of elements, and whole chunks, through the library's own stores: directories,
    and obstore's stores over the network. Selections that are no boxes are gathered from the boxes
    of their chunks. In a write, the library encodes chunks, and they replace the stored values as
    those of the other backends do. `supports` says what is not served.
    """

    name: ClassVar[str] = "zarrista"
    preference: ClassVar[int] = -200
    contract: ClassVar[int] = 1

    @classmethod
    def unavailable(cls) -> str | None:
        """Return why the library is missing; see `CrudBackend.unavailable`."""
        return missing()

    def supports(
        self,
        document: Document,
        location: Location,
        operation: Operation,
        selection: Selection | None = None,
        options: Options = DEFAULT_OPTIONS,
    ) -> str | None:
        """Return why the operation is refused; see `CrudBackend.supports`."""
        reason = lost()
        if reason is None and operation in WRITES:
            reason = document.derive(refused_format) or document.derive(refused_write)
        if reason is None:
            found = opened(document, location)
            reason = found if isinstance(found, str) else None
        if reason is None and options is not DEFAULT_OPTIONS:
            reason = refused_option(location.store, operation, options)
        return reason

    def store_access(self, store: Store) -> str:
        """Say whether the library reaches a store; see `CrudBackend.store_access`."""
        found = reach(store, "")
        return f"not at all: {found}" if isinstance(found, str) else "natively"

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
        result = np.empty(shape, document.dtype) if out is None else out
        if result.size:
            read = Read(_opened(document, location), document, location, options)
            read.chunk(whole_chunk(index, shape), result)
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
        _write(document, location, [whole_chunk(index, value.shape)], value, options)

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
        result = np.empty(selection.shape, document.dtype) if out is None else out
        if result.size:
            target = as_planned(result, selection)
            read = Read(_opened(document, location), document, location, options)
            read.region(selection, target)
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
        _write(document, location, parts, as_planned(value, selection), options)


def _write(
    document: Document,
    location: Location,
    parts: Iterable[ChunkPart],
    value: npt.NDArray[Any],
    options: Options,
) -> None:
    _opened(document, location)
    write(document, document.derive(prepare), location, parts, value, options)


def _opened(document: Document, location: Location) -> Opened:
    reason = lost()
    found = opened(document, location) if reason is None else reason
    if isinstance(found, str):
        raise errors.UnsupportedError(f"the engine 'zarrista' does not serve this array: {found}")
    return found
