"""How much of a stream is read or written at a time."""

from __future__ import annotations

import os
from math import prod
from operator import index as as_int
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr.crud._arguments import shown
from zarr.crud._stores.event_loop import is_synchronous
from zarr.crud._stores.in_flight import requests_in_flight
from zarr.crud.backends.contract import CrudBackend

if TYPE_CHECKING:
    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._stores.location import Location

AHEAD: Final = 128 << 20
"""The bytes of a stream that are held by default."""

_GROUP: Final = 2 << 20
"""The most bytes of a group with several regions: what is read is still in the caches of the
processor when the consumer gets it."""

_OF_WAITS: Final = 8 << 20
"""The same for a store that waits, where each call is a thread that waits."""

_ALONE: Final = 256 << 10
"""The same for a backend that reads the regions of a group one after the other."""

_LARGEST: Final = (1 << 63) - 1


class Pace(NamedTuple):
    """How much of a stream is read or written at a time."""

    group: int
    """The most bytes of a call for several regions."""

    calls: int
    """The calls that run at a time, whatever their size."""

    room: int
    """More run until they have so many chunks."""

    unit: int
    """The bytes of what is decoded at once."""

    def width(self, nbytes: list[int]) -> int:
        """Return how many chunks the regions of a call have, roughly."""
        return sum(max(1, size // self.unit) for size in nbytes)


def pace_of(
    backend: CrudBackend,
    document: Document,
    location: Location,
    options: Options,
    unit: tuple[int, ...],
    ahead: int,
) -> Pace:
    """Return the pace of a stream, whose chunks or subchunks have the shape `unit`."""
    # The number of processors that this process may use is not known before Python 3.13.
    threads = options.concurrency or os.cpu_count() or 1
    nbytes = max(1, prod(unit) * document.dtype.itemsize)
    together = type(backend).read_regions is not CrudBackend.read_regions
    # Between two calls, no thread has work: so one call begins before another has ended.
    calls = 1 if threads == 1 else 2
    room = 2 * threads if together else threads
    most = _GROUP if together else _ALONE
    if not is_synchronous(location.store):
        room = max(room, requests_in_flight())
        most = _OF_WAITS if together else _ALONE
    return Pace(min(most, max(ahead // 4, 1)), calls, room, nbytes)


def checked_ahead(ahead: Any) -> int:
    """Return a number of bytes; refuse anything else.

    Raises
    ------
    TypeError, ValueError
        It is none.
    """
    try:
        number = None if isinstance(ahead, (bool, np.bool_)) else as_int(ahead)
    except TypeError:
        number = None
    if number is None or not 0 <= number <= _LARGEST:
        error = TypeError if number is None else ValueError
        raise error(f"ahead is {shown(ahead)}; use a number of bytes from 0 to 2**63 - 1")
    return number
