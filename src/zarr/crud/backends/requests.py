"""The requests of a call that reads or writes many regions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._selection.basic import Selection
    from zarr.crud._stores.location import Location


class RegionRead(NamedTuple):
    """One of many regions to read."""

    number: int
    """Its number among the requests of the caller, for `concerning`."""

    document: Document
    location: Location
    selection: Selection
    out: npt.NDArray[Any] | None


class RegionWrite(NamedTuple):
    """One of many regions to write."""

    number: int
    """Its number among the requests of the caller, for `concerning`."""

    document: Document
    location: Location
    selection: Selection
    value: npt.NDArray[Any]


class concerning:  # noqa: N801  # a context manager, which costs less than a generator
    """Add a note to an exception that says which request it is about."""

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        self._number = number

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, Exception):
            error.add_note(f"in request {self._number}")
