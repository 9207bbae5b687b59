"""What a backend offers to the facade."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, Protocol

from zarr.crud._document import node_io
from zarr.crud._options import DEFAULT_OPTIONS

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Selection
    from zarr.crud._stores.location import Location

type Operation = Literal["read_chunk", "write_chunk", "read_region", "write_region"]

WRITES: Final = frozenset({"write_chunk", "write_region"})
"""The operations that change what is stored."""


CONTRACT: Final = 1
"""The version of the contract. What later versions add has a default that works."""


class Reader(Protocol):
    """Plain reads of one array; see `CrudBackend.reader`.

    Each gets what the caller gave, unchecked, and returns what the backend's method of the same
    name returns with default options and without `out`. For whatever does not fit the array, or
    is not plain, it returns `None`, having done nothing, and the facade takes the slow path. Plain
    are `int` itself, slices of such with steps from 1, and one ellipsis, alone or in a `tuple`
    itself: nothing that runs code of the caller's, and nothing that arrays refuse.
    """

    def read_chunk(self, index: Any, /) -> npt.NDArray[Any] | None:
        """Return the chunk at `index`."""

    def read_region(self, selection: Any, /) -> npt.NDArray[Any] | None:
        """Return the elements of a selection of the basic dialect."""


class CrudBackend(ABC):
    """The verbs of `zarr.crud` on parsed input.

    But for a `reader`, the facade has checked what every backend would otherwise check for
    itself: the document is valid, indices and selections are within bounds, values and `out` have
    the right shape and data type, the store may be written to, and results fit the budget. Methods
    may be called by many threads at once. A store's own exception must come out as the object the
    store raised.

    The module that an entry point names must import without what the backend wraps, so that
    listing backends stays cheap; `unavailable` says what is missing.
    """

    name: ClassVar[str]
    """The name users choose the backend by."""

    contract: ClassVar[int] = CONTRACT
    """The version of the contract that the backend was written for; a literal in other packages."""

    preference: ClassVar[int] = 0
    """Its place when the best is chosen: the highest that serves. The reference has -100."""

    @classmethod
    def unavailable(cls) -> str | None:
        """Return why the backend cannot run here and how to get it; `None` if it can."""
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

        Decided from the arguments alone, before any I/O. The facade asks before every call that
        no reader serves, and raises `UnsupportedError` with the reason. Without a `selection` the
        answer is about contiguous boxes. An option that the backend could not honour is a reason
        too.
        """

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
        """Return the chunk at `index` in its nominal shape, in `out` if that is given.

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
        """Store `value`, which has the chunk's nominal shape, any strides, and may be reused."""

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
        """Return the selected elements in the shape `selection.shape`, in `out` if given."""

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

        A chunk that is covered in part is read, changed and replaced whole. Writers of the same
        chunk are kept apart as `Options.locking` says, whole chunks included.
        """

    def reader(self, document: Document, location: Location) -> Reader | None:
        """Return what serves plain reads of one array at the least cost; by default nothing does.

        The facade asks it first, instead of checking, choosing and calling at every read, and
        keeps it with the document while the store lives, which it must not keep alive. There is
        none for an array whose reads with default options `supports` refuses. A subclass that
        overrides `supports`, `read_chunk` or `read_region`, and not this, is asked itself; so are
        backends that callers pass as objects.
        """
        return None

    def create(self, document: Document, location: Location, *, overwrite: bool) -> None:
        """Write the document of a new node and of the groups above it that are missing."""
        node_io.create(document, location, overwrite=overwrite)

    def write_metadata(self, document: Document, location: Location) -> None:
        """Replace the document of the node at the location; its chunks stay."""
        node_io.write_metadata(document, location)

    def list_children(self, location: Location) -> list[tuple[str, Document]]:
        """Return names and documents of the nodes right below a group, by name."""
        return node_io.list_children(location)

    def read_metadata(self, location: Location) -> Document:
        """Return the document stored at the location."""
        return node_io.read_metadata(location)

    def delete_node(self, location: Location) -> None:
        """Delete the node, its chunks and all nodes below it."""
        node_io.delete_node(location)
