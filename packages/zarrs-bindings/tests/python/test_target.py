"""What awaited reads fill: new memory, or the caller's array."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
import zarr
from tests.bindings.awaiting import ALL, fill, region, remote, result
from tests.bindings.support import document
from tests.remote import stores
from tests.remote.fixtures import no_environment, server
from zarr import crud
from zarr.zarrs._document import prepare
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from tests.remote.server import Server

__all__ = ["no_environment", "server"]

SELECTIONS: dict[str, Any] = {
    "whole": ALL,
    "reversed": ((6, -2, 4), (4, -1, 5)),
    "one row": (3, (0, 1, 5)),
    "one element": (6, 4),
    "list": (np.array([6, 0, 0]), (1, 2, 2)),
    "nothing": ((0, 1, 0), (0, 1, 5)),
}


@pytest.mark.parametrize("name", SELECTIONS)
async def test_each_selection_fills_new_memory_and_the_callers(server: Server, name: str) -> None:
    """Catches elements at other places than in a read that waits in its thread."""
    fill(server)
    store, selection = remote(server), SELECTIONS[name]
    dtype = np.dtype("i4")
    expected = zb.read_region(document(), store, selection, "", dtype, None, None)
    found = await result(region(store, selection))
    assert found.dtype == dtype
    assert found.flags.c_contiguous
    assert found.flags.writeable
    assert found.shape == expected.shape
    assert np.array_equal(found, expected)
    base = np.full([2 * n for n in expected.shape] or 1, -1, "i4")
    out = base[tuple(slice(None, None, -2) for _ in expected.shape)].reshape(expected.shape)
    assert await result(region(store, selection, out)) is out
    assert np.array_equal(out, expected)


async def test_points_are_copied_from_the_box_around_them(server: Server) -> None:
    """Catches positions that are freed while the read waits, and points in another order."""
    values, store = fill(server), remote(server)
    for count in (3, 1000):
        rows, columns = np.arange(count) % 7, np.arange(count) * 3 % 5
        expected = values[rows, columns]
        read = region(store, zb.Points((rows.copy(), columns.copy()), (count,)))
        gc.collect()
        assert np.array_equal(await result(read), expected)


async def test_memory_is_new_for_each_result(server: Server) -> None:
    """Catches a result in memory that another result still uses."""
    values, store = fill(server), remote(server)
    found = [await result(region(store)) for _ in range(3)]
    found[0][...] = -1
    assert all(np.array_equal(other, values) for other in found[1:])


@pytest.mark.parametrize("into", [False, True])
async def test_elements_of_variable_length_become_objects(server: Server, *, into: bool) -> None:
    """Catches tokens in place of elements, or memory of elements that is gone."""
    array = zarr.create_array(stores.native(server), shape=(7,), chunks=(3,), dtype=str)
    texts = ["", "a", "ä" * 100, "b", "", "c", "d"]
    array[...] = np.array(texts, dtype=np.dtypes.StringDType())
    prepared = crud.read_metadata(array.store).derive(prepare)
    out = np.empty(7, prepared.dtype) if into else None
    read = zb.begin_region(
        prepared.json, handle_of(array.store), ((0, 1, 7),), "", prepared.dtype, out, None
    )
    assert read is not None
    found = await result(read)
    assert (found is out) is into
    assert found.tolist() == texts
