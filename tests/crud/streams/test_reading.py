"""The state of a stream that is read."""

from __future__ import annotations

import weakref
from typing import Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.crud._document.cache import as_array_document
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.location import locate
from zarr.crud._streams.pace import Pace
from zarr.crud._streams.pieces import levels_of
from zarr.crud._streams.reading import Reading, Source
from zarr.crud.testing import CountingStore

VALUES = np.arange(12, dtype="i2")


def reading_of(store: Any, ahead: int, options: Any = DEFAULT_OPTIONS, **arguments: Any) -> Reading:
    array = zarr.create_array(store, data=VALUES, chunks=(2,), compressors=None)
    document = as_array_document(array.metadata)
    levels = levels_of("chunk", document.chunk_grid, document.shape, None)
    source = Source(
        crud.get_backend("reference"),
        document,
        locate(store, ""),
        options,
        True,
        ((0, 12),),
        levels,
        None,
    )
    return Reading(source, Pace(4, 1, 1, 4), ahead, **({"ordered": True} | arguments))


def drained(reading: Reading) -> list[Any]:
    found = []
    while (is_ready := reading.is_ready()) is not False:
        if is_ready:
            found.append(reading.pop())
        else:
            reading.wait()
    return found


@pytest.mark.parametrize("ahead", [0, 4, 8, 1000])
@pytest.mark.parametrize("ordered", [True, False])
def test_all_regions_come_and_nothing_is_held_at_the_end(ahead: int, ordered: bool) -> None:
    """Catches bytes that are counted twice, after which less and less is read ahead."""
    reading = reading_of({}, ahead, ordered=ordered)
    found = drained(reading)
    assert np.array_equal(np.concatenate([values for _, values in found]), VALUES)
    assert reading._held == 0
    assert not reading._under_way


def test_no_more_is_begun_than_may_be_ahead() -> None:
    """Catches a bound that counts regions, or only those whose reads have ended."""
    store = CountingStore()
    reading = reading_of(store, 8)
    assert reading.is_ready() in (None, True)
    for _ in range(6):
        assert reading._held <= 8
        while reading.is_ready() is None:
            reading.wait()
        reading.pop()
    assert reading.is_ready() is False


def test_a_closed_stream_holds_no_results() -> None:
    """Catches results that live as long as a closed generator."""
    reading = reading_of({}, 1000)
    while not reading.is_ready():
        reading.wait()
    alive = weakref.ref(reading._ready[0][1])
    reading.close()
    assert alive() is None


def test_a_region_above_the_budget_comes_after_those_before_it() -> None:
    """Catches an error of a later region in place of an earlier one."""
    reading = reading_of({}, 4, crud.Options(decoded_size_budget=3))
    with pytest.raises(crud.DecodedSizeError):
        reading.is_ready()
    assert reading.is_ready() is False
