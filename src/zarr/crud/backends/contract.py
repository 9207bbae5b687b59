"""The interface between a backend and the functions of `zarr.crud` (the facade)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Protocol

from zarr.crud._document import node_io
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud.backends.requests import RegionRead, RegionWrite, concerning

if TYPE_CHECKING:
    from collections.abc import Awaitable, Sequence

    import numpy as np
    import numpy.typing as npt

    from zarr.abc.store import Store
    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Selection
    from zarr.crud._stores.assembled_files import FileAssembler
    from zarr.crud._stores.direct import DirectStore
    from zarr.crud._stores.location import Location

type Operation = Literal["read_chunk", "write_chunk", "read_region", "write_region"]

WRITES: Final = frozenset({"write_chunk", "write_region"})
"""The operations that change what is stored."""


CONTRACT: Final = 1
"""The version of the contract. Everything that later versions add has a default that works."""


class Reader(Protocol):
    """Plain reads of one array; see `CrudBackend.reader`.

    Each method gets the caller's argument, unchecked, and returns what the backend's method of the
    same name returns with default options and without `out`. If the argument does not fit the array
    or is not plain, the method does nothing and returns `None`, and the facade takes the slow path.
    Plain are exact `int` objects, slices of them with steps >= 1, and one ellipsis, alone or in an
    exact `tuple`: objects that run no code of the caller's, and that arrays accept.
    """

    def read_chunk(self, index: Any, /) -> npt.NDArray[Any] | None:
        """Return the chunk at `index`."""

    def read_region(self, selection: Any, /) -> npt.NDArray[Any] | None:
        """Return the elements of a selection of the basic dialect."""


class CrudBackend(ABC):
    """The verbs of `zarr.crud` on parsed input.

    The facade checks all input, except for a `reader`: the document is valid, indices and
    selections are within bounds, values and `out` have the right shape and data type, the store is
    writable if the call writes, and results fit the budget. Many threads may call methods at the
    same time. A store's own exception must be raised as the same object.

    The module that an entry point names must import even if the library that the backend wraps is
    missing, so that listing backends stays cheap; `unavailable` says what is missing.
    """

    name: ClassVar[str]
    """The name by which users choose the backend."""

    contract: ClassVar[int] = CONTRACT
    """The version of the contract that the backend was written for; a literal in other packages."""

    preference: ClassVar[int] = 0
    """The best backend is the serving one with the highest preference; the reference has -100."""

    @classmethod
    def unavailable(cls) -> str | None:
        """Return why the backend cannot run here and how to install it; `None` if it can run."""
        return None

    @abstractmethod
    def supports(
        self,
        document: Document,
        location: Location,
        operation: Operation,
        selection: Selection | None = None,
        options: Options = DEFAULT_OPTIONS,
    ) -> str | None:
        """Return why the backend refuses the operation; `None` if it serves it.

        The answer depends only on the arguments and needs no I/O. The facade calls this before
        every call that no reader serves, and raises `UnsupportedError` with the reason. Without a
        `selection` the answer is about contiguous boxes. An option that the backend cannot follow
        is also a reason to refuse.
        """

    def store_access(self, store: Store) -> str | None:
        """Say how the backend reaches a store, and why, for `Verdict.store`; nothing is sent.

        `None`, the default, says nothing.
        """
        return None

    def chunk_cache_use(self, document: Document, location: Location, options: Options) -> str:
        """Say whether reads with `Options.chunk_cache` use kept chunks, for `Verdict.chunk_cache`.

        Either `"used"`, or `"not used: "` and the reason. The default is a backend that ignores the
        option.
        """
        return "not used: the backend keeps no decoded chunks"

    def chunk_cache_info(self) -> dict[str, int] | None:
        """Return what the cache of decoded chunks holds and has served, for `engine_info`.

        `None`, the default, for no cache.
        """
        return None

    @abstractmethod
    def read_chunk(
        self,
        document: Document,
        location: Location,
        index: tuple[int, ...],
        *,
        out: npt.NDArray[Any] | None,
        options: Options,
    ) -> npt.NDArray[Any]:
        """Return the chunk at `index` in its nominal shape, in `out` if it is given.

        Without `out` the result is a new, writable, C-contiguous array that the caller owns.
        """

    @abstractmethod
    def write_chunk(
        self,
        document: Document,
        location: Location,
        index: tuple[int, ...],
        value: npt.NDArray[Any],
        *,
        options: Options,
    ) -> None:
        """Store `value`, which has the chunk's nominal shape, any strides, and may change later."""

    @abstractmethod
    def read_region(
        self,
        document: Document,
        location: Location,
        selection: Selection,
        *,
        out: npt.NDArray[Any] | None,
        options: Options,
    ) -> npt.NDArray[Any]:
        """Return the selected elements in the shape `selection.shape`, in `out` if it is given."""

    @abstractmethod
    def write_region(
        self,
        document: Document,
        location: Location,
        selection: Selection,
        value: npt.NDArray[np.generic],
        *,
        options: Options,
    ) -> None:
        """Store `value`, broadcast to `selection.shape`, in the selected elements.

        A partially covered chunk is read, changed and replaced whole. Writers of the same chunk,
        also of a whole chunk, are serialized as `Options.locking` says.
        """

    def read_regions(
        self, requests: Sequence[RegionRead], *, options: Options
    ) -> list[npt.NDArray[Any]]:
        """Return what `read_region` returns for each request.

        The default calls it for each. A backend that plans them together reads each chunk once; it
        puts a note like that of `concerning` on its exceptions. No two `out` share memory.
        """
        found = []
        for number, document, location, selection, out in requests:
            with concerning(number):
                found.append(
                    self.read_region(document, location, selection, out=out, options=options)
                )
        return found

    def write_regions(self, requests: Sequence[RegionWrite], *, options: Options) -> None:
        """Store the value of each request; of elements selected several times, the last one.

        The default calls `write_region` for each. A backend that plans them together replaces each
        chunk once; notes are as for `read_regions`.
        """
        for number, document, location, selection, value in requests:
            with concerning(number):
                self.write_region(document, location, selection, value, options=options)

    def verify_chunks(
        self,
        document: Document,
        location: Location,
        indices: Sequence[tuple[int, ...]],
        *,
        options: Options,
    ) -> Sequence[int | None] | None:
        """Decode whole chunks, keep nothing, and return the sizes of their stored values.

        A chunk that is missing or does not decode has `None`, and is read: what that raises is
        reported. Instead of sizes `None`, the default, if a read of the array costs no more; asked
        without indices, this is all that matters. As for `reader`, a subclass that changes reads
        but not this is not asked.
        """
        return None

    def read_chunk_awaited(
        self,
        document: Document,
        location: Location,
        index: tuple[int, ...],
        *,
        out: npt.NDArray[Any] | None,
        options: Options,
    ) -> Awaitable[npt.NDArray[Any]] | None:
        """Return an awaitable of what `read_chunk` returns; `None`, the default, for no awaitable.

        It occupies no thread while it waits for the store. Without one, `read_chunk` runs in a
        worker thread. The awaitable holds no result and requests nothing before it is awaited, on
        any event loop, at most once; it may never be awaited. If its task is cancelled, it ends
        its requests, and raises once nothing can be written to `out` any more.

        Called on the thread of an event loop, this must not wait for anything; it may be called on
        other threads, too.
        """
        return None

    def read_region_awaited(
        self,
        document: Document,
        location: Location,
        selection: Selection,
        *,
        out: npt.NDArray[Any] | None,
        options: Options,
    ) -> Awaitable[npt.NDArray[Any]] | None:
        """Return an awaitable of what `read_region` returns; see `read_chunk_awaited`.

        A backend whose `read_region` changes in a subclass should change this, too.
        """
        return None

    def reader(self, document: Document, location: Location) -> Reader | None:
        """Return a reader for fast plain reads of one array; `None`, the default, for no reader.

        The facade calls the reader first and so skips the checks and the choice of a backend at
        every read. It keeps the reader with the document as long as the store lives; the reader
        must not keep the store alive. Return `None` for an array whose reads with default options
        `supports` refuses. The facade uses no reader for a subclass that overrides `supports`,
        `read_chunk` or `read_region` but not this method, nor for backends passed as objects.
        """
        return None

    def reader_with(
        self, document: Document, location: Location, options: Options
    ) -> Reader | None:
        """Return a reader that reads with `options`; `None`, the default, for no reader.

        As for `reader`, which is for the default options. Arrays that have other options keep it.
        """
        return None

    def direct_store(self, location: Location) -> DirectStore | None:
        """Return an object that reaches the values of a store without an event loop.

        `None`, the default, for no such object. The functions of `zarr.crud` use it for documents,
        lists, encoded chunks and deletions, and pass it on as the location's store. It must reach
        the same values, and not bypass methods that a subclass has changed. The facade asks at
        every call, so keep what is expensive to make.
        """
        return None

    def file_assembler(self) -> FileAssembler | None:
        """Return what stores files made of pieces of others, whose bytes move as they are.

        `None`, the default, for the way that is written in Python. The facade calls it in several
        threads at a time.
        """
        return None

    def create(self, document: Document, location: Location, *, overwrite: bool) -> None:
        """Write the document of a new node and of missing groups above it."""
        node_io.create(document, location, overwrite=overwrite)

    def write_metadata(self, document: Document, location: Location) -> None:
        """Replace the document of the node at the location; its chunks stay."""
        node_io.write_metadata(document, location)

    def list_children(self, location: Location) -> list[tuple[str, Document]]:
        """Return names and documents of the nodes directly below a group, sorted by name."""
        return node_io.list_children(location)

    def read_metadata(self, location: Location) -> Document:
        """Return the document stored at the location."""
        return node_io.read_metadata(location)

    def delete_node(self, location: Location) -> None:
        """Delete the node, its chunks and all nodes below it."""
        node_io.delete_node(location)
