"""The sample, read in every way: whether the elements are the same, and how long it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from zarr.crud._doctor.counting import CountingStore
from zarr.crud._doctor.readers import ways
from zarr.crud._doctor.report import WayTimes
from zarr.crud._doctor.timing import Clock, in_turns, median_of, timed

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.crud._doctor.readers import Way
    from zarr.crud._doctor.sample import Sample
    from zarr.crud._document.document import Document
    from zarr.crud._stores.location import Location


class _First(NamedTuple):
    """The first read in some way."""

    values: Any
    seconds: float
    read: Callable[[], Any]


def compared(
    document: Document, location: Location, sample: Sample, clock: Clock
) -> tuple[tuple[WayTimes, ...], Any]:
    """Return how each way does, and the elements; `None` if none reads them."""
    found = ways(document, location.store, location.path, sample.box)
    firsts: dict[str, _First | str] = {way.name: _first(way, location, clock) for way in found}
    reads = {name: one.read for name, one in firsts.items() if isinstance(one, _First)}
    elements = next((one.values for one in firsts.values() if isinstance(one, _First)), None)
    requests = {way.name: _requests(way, location, clock) for way in found if way.name in reads}
    times = in_turns(reads, 0.6 * clock.left) if clock.left > 0 else {}
    results = []
    for way in found:
        one = firsts[way.name]
        if not isinstance(one, _First):
            results.append(WayTimes(way.name, None, 0, None, None, one, way.store))
            continue
        same = None if one.values is elements else is_same(one.values, elements)
        taken = times.get(way.name) or [one.seconds]
        results.append(
            WayTimes(
                way.name, median_of(taken), len(taken), requests[way.name], same, None, way.store
            )
        )
    return tuple(results), elements


def is_same(one: Any, other: Any) -> bool:
    """Return whether two arrays have the same bits; text is compared as text."""
    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return False
    if one.dtype.hasobject or one.dtype.kind == "T":
        return bool(one.tolist() == other.tolist())
    # zarr-python returns another byte order than the document's in some cases.
    other = other.astype(one.dtype, copy=False)
    left, right = (np.ascontiguousarray(values).reshape(-1) for values in (one, other))
    return bool(np.array_equal(left.view("u1"), right.view("u1"))) if one.size else True


def _first(way: Way, location: Location, clock: Clock) -> _First | str:
    """Read the sample once; return why not, if that fails."""
    if way.make is None:
        return way.reason or "it does not serve the array"
    if clock.left < 0:
        return "the time was up"
    try:
        read = way.make(location.store)
        values: list[Any] = []
        time = timed(lambda: values.append(read()))
    except Exception as err:  # noqa: BLE001  # one way that fails is a result
        return f"{type(err).__name__}: {err}"
    return _First(values[0], time, read)


def _requests(way: Way, location: Location, clock: Clock) -> int | None:
    """Return the requests of a read through a store in Python, if the way takes one."""
    if way.make is None or clock.left < 0:
        return None
    store = CountingStore(location.store)
    try:
        read = way.make(store)
        before = store.requests
        read()
    except Exception:  # noqa: BLE001  # some know their own stores only
        return None
    return store.requests - before
