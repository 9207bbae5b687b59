"""The zarrs backend: one method per verb, each with one call into the extension."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from zarr.crud.backends import (
    DEFAULT_OPTIONS,
    WRITES,
    CrudBackend,
    Options,
    Points,
    first_chunk,
    refused_option,
)
from zarr.zarrs._awaited import AwaitedRead, begin
from zarr.zarrs._call_options import call_options
from zarr.zarrs._chunk_cache import chunk_cache_info, chunk_cache_use
from zarr.zarrs._direct_store import direct_store_of
from zarr.zarrs._document import prepare
from zarr.zarrs._dtype_conversion import SAME, converted_back, converted_out, converted_value
from zarr.zarrs._extension import extension, missing
from zarr.zarrs._many_regions import look_beside_chunk, read_regions, where, write_regions
from zarr.zarrs._points import refused_points
from zarr.zarrs._reader import reader_of
from zarr.zarrs._store import access_of, after_write, handle_of, has_conditions
from zarr.zarrs._verify import verify_chunks

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from zarr.abc.store import Store
    from zarr.crud.backends import (
        DirectStore,
        Document,
        FileAssembler,
        Location,
        Operation,
        Reader,
        RegionRead,
        RegionWrite,
        Selection,
    )


class ZarrsBackend(CrudBackend):
    """Chunk and region I/O in Rust, with the codecs of the `zarrs` crate.

    It reads and writes directories, and the object stores of obstore and fsspec, and it reads ZIP
    archives, without Python; it uses any other store through batched calls of its own methods.
    `supports` says what is not served. A codec that exists only in Python is called on the
    caller's thread.
    """

    name: ClassVar[str] = "zarrs"
    preference: ClassVar[int] = 100

    @classmethod
    def unavailable(cls) -> str | None:
        """Return why the extension is missing; see `CrudBackend.unavailable`."""
        return missing()

    def __init__(self) -> None:
        self._extension = extension()

    def supports(
        self,
        document: Document,
        location: Location,
        operation: Operation,
        selection: Selection | None = None,
        options: Options = DEFAULT_OPTIONS,
    ) -> str | None:
        """Return why the operation is refused; see `CrudBackend.supports`."""
        reason = document.derive(prepare).refusal
        if reason is None and operation in WRITES:
            # Imported here, because reads need no encoders.
            from zarr.crud.backends import refused_write

            reason = document.derive(refused_write)
        if reason is None and isinstance(selection, Points):
            reason = refused_points(document, selection)
        if reason is None and options is not DEFAULT_OPTIONS:
            if options.locking == "conditional" and has_conditions(*location):
                options = replace(options, locking="auto")
            return refused_option(location.store, operation, options)
        return reason

    def store_access(self, store: Store) -> str:
        """Say whether a store is used natively; see `CrudBackend.store_access`."""
        return access_of(store)

    def chunk_cache_use(self, document: Document, location: Location, options: Options) -> str:
        """Say whether kept chunks are used; see `CrudBackend.chunk_cache_use`."""
        return chunk_cache_use(document, location, options)

    def chunk_cache_info(self) -> dict[str, int] | None:
        """Return what is kept; see `CrudBackend.chunk_cache_info`."""
        return chunk_cache_info()._asdict()

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
        prepared = document.derive(prepare)
        store, path = location
        target = out if out is None or prepared.conversion is SAME else converted_out(out, prepared)
        found: npt.NDArray[Any] = self._extension.read_chunk(
            prepared.json,
            handle_of(store, path),
            index,
            path,
            prepared.dtype,
            target,
            call_options(options),
        )
        return found if prepared.conversion is SAME else converted_back(found, document, out)

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
        prepared = document.derive(prepare)
        store, path = location
        if prepared.conversion is not SAME:
            value = converted_value(value, prepared)
        try:
            self._extension.write_chunk(
                prepared.json, handle_of(store, path), index, value, path, call_options(options)
            )
        finally:
            after_write(store)
        look_beside_chunk(document, location, lambda: index)

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
        prepared = document.derive(prepare)
        store, path = location
        target = out if out is None or prepared.conversion is SAME else converted_out(out, prepared)
        found: npt.NDArray[Any] = self._extension.read_region(
            prepared.json,
            handle_of(store, path),
            where(self._extension, selection),
            path,
            prepared.dtype,
            target,
            call_options(options),
        )
        return found if prepared.conversion is SAME else converted_back(found, document, out)

    def read_chunk_awaited(
        self,
        document: Document,
        location: Location,
        index: tuple[int, ...],
        *,
        out: npt.NDArray[Any] | None,
        options: Options,
    ) -> AwaitedRead | None:
        """Return an awaitable of a chunk; see `CrudBackend.read_chunk_awaited`."""
        return begin("begin_chunk", document, location, index, out, call_options(options))

    def read_region_awaited(
        self,
        document: Document,
        location: Location,
        selection: Selection,
        *,
        out: npt.NDArray[Any] | None,
        options: Options,
    ) -> AwaitedRead | None:
        """Return an awaitable of the elements; see `CrudBackend.read_region_awaited`."""
        given = where(self._extension, selection)
        return begin("begin_region", document, location, given, out, call_options(options))

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
        prepared = document.derive(prepare)
        store, path = location
        if prepared.conversion is not SAME:
            value = converted_value(value, prepared)
        try:
            self._extension.write_region(
                prepared.json,
                handle_of(store, path),
                where(self._extension, selection),
                value,
                path,
                call_options(options),
            )
        finally:
            after_write(store)
        look_beside_chunk(document, location, lambda: first_chunk(selection, document.chunk_grid))

    def read_regions(
        self, requests: Sequence[RegionRead], *, options: Options
    ) -> list[npt.NDArray[Any]]:
        """Return the elements of many selections; see `CrudBackend.read_regions`."""
        return read_regions(self._extension, requests, options)

    def write_regions(self, requests: Sequence[RegionWrite], *, options: Options) -> None:
        """Store many values; see `CrudBackend.write_regions`."""
        write_regions(self._extension, requests, options)

    def reader(self, document: Document, location: Location) -> Reader | None:
        """Return a reader that makes one call into the extension; see `CrudBackend.reader`."""
        return reader_of(document, location, DEFAULT_OPTIONS)

    def reader_with(
        self, document: Document, location: Location, options: Options
    ) -> Reader | None:
        """Return a reader with these options; see `CrudBackend.reader_with`."""
        return reader_of(document, location, options)

    def direct_store(self, location: Location) -> DirectStore | None:
        """Return what reaches an object store's values; see `CrudBackend.direct_store`."""
        return direct_store_of(location)

    verify_chunks = verify_chunks

    def file_assembler(self) -> FileAssembler:
        """Return what stores files without Python; see `CrudBackend.file_assembler`."""
        assemble: FileAssembler = self._extension.assemble_files
        return assemble
