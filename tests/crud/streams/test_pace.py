"""How much of a stream is under way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.crud._document.cache import as_array_document
from zarr.crud._stores.location import locate
from zarr.crud._streams.pace import checked_ahead, pace_of
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import MemoryStore


def pace(engine: str, store: Any, ahead: int = 1 << 30, **options: Any) -> Any:
    metadata = zarr.create_array({}, shape=(7, 5), chunks=(3, 2), dtype="i4").metadata
    backend, document = crud.get_backend(engine), as_array_document(metadata)
    given = crud.Options(**options)
    return pace_of(backend, document, locate(store, ""), given, (3, 2), ahead)


def test_one_thread_makes_one_call(engine: str) -> None:
    """Catches calls beside each other where the user asked for one thread."""
    assert pace(engine, MemoryStore(), concurrency=1).calls == 1
    assert pace(engine, MemoryStore(), concurrency=4).calls == 2


def test_a_store_that_waits_gets_more_requests(engine: str) -> None:
    """Catches a stream over a network that has as many requests in flight as processors."""
    with zarr.config.set({"array.requests_in_flight": 77}):
        assert pace(engine, AsyncOnlyStore(), concurrency=2).room == 77
        assert pace(engine, MemoryStore(), concurrency=2).room < 77


def test_groups_are_parts_of_what_may_be_held(engine: str) -> None:
    """Catches a first group that takes all the memory, so that nothing is read beside it."""
    assert pace(engine, MemoryStore(), ahead=4000).group == 1000
    assert pace(engine, MemoryStore(), ahead=1).group == 1
    assert pace(engine, MemoryStore(), ahead=2**63 - 1).group <= 8 << 20
    assert pace(engine, MemoryStore()).width([24, 1, 50]) == 4


def test_a_number_of_bytes_is_an_integer() -> None:
    """Catches `True` that is one byte, and a float that loses digits."""
    assert checked_ahead(np.int64(5)) == 5
    assert checked_ahead(2**63 - 1) == 2**63 - 1
    given: Any
    for given in (True, False, np.True_, 1.0, None, "5", b"5", [5], 5j):
        with pytest.raises(TypeError, match=r"ahead is .*; use a number of bytes from 0 to 2"):
            checked_ahead(given)
    for given in (-1, 2**63, 2**64, np.int8(-1)):
        with pytest.raises(ValueError, match=r"ahead is .*; use a number of bytes from 0 to 2"):
            checked_ahead(given)
