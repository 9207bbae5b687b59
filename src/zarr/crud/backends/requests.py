"""The requests of a call that reads or writes many regions."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


_NOTE: Final = re.compile(r"in requests? (\d+(?:, \d+)*)(, …)?")


class naming[T]:  # noqa: N801  # as above
    """Make a note of `concerning` say which regions it is about, not which numbers they have."""

    __slots__ = ("_regions", "_shown")

    def __init__(self, regions: Sequence[T], shown: Callable[[T], str]) -> None:
        self._regions, self._shown = regions, shown

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        notes: list[str] = getattr(error, "__notes__", [])
        # The latest one, because others may be about another call.
        for place in reversed(range(len(notes))):
            found = _NOTE.fullmatch(notes[place])
            if found is not None:
                numbers = [int(number) for number in found[1].split(", ")]
                names = [self._shown(self._regions[number]) for number in numbers]
                one = "in region" if len(names) == 1 else "in one of the regions"
                notes[place] = f"{one} {', '.join(names)}{found[2] or ''}"
                return
