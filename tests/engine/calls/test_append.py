"""Appending to an array with an engine: nothing changes before everything is checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from zarr._engine.calls.append import append, checked_values, flush_documents
from zarr._engine.calls.methods import UNSERVED
from zarr.storage import LocalStore, MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def made(store: Any, engine: str = "reference", **options: Any) -> Any:
    """A ragged array with an engine."""
    layout: dict[str, Any] = {"data": VALUES, "chunks": (3, 2), "engine": engine}
    return zarr.create_array(store, **(layout | options)).async_array


@pytest.mark.parametrize(
    ("shape", "axis"), [((2, 4), 0), ((5,), 0), ((2, 5), 2), ((7, 5), -1), ((1, 2, 5), 0), ((), 0)]
)
def test_data_that_does_not_fit_is_left_to_upstream(shape: tuple[int, ...], axis: int) -> None:
    """Catches an array that is extended by data of another shape, or along a missing axis."""
    array, data = made(MemoryStore()), np.ones(shape, "i2")
    assert append(array, data, axis) is UNSERVED
    assert checked_values(array, data, axis) is data
    assert array.shape == (7, 5)
    single = made(MemoryStore(), data=np.int16(3), chunks=())
    assert append(single, data, axis) is UNSERVED


def test_an_append_of_no_rows_writes_no_chunk(engine: str) -> None:
    """Catches an empty row of chunks beyond the array."""
    store = MemoryStore()
    array = made(store, engine)
    before = set(store._store_dict)
    assert append(array, np.empty((0, 5), "i2")) == (7, 5)
    assert set(store._store_dict) == before


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("values", [[["a"] * 5], np.full((1, 5), "a"), np.full((1, 5), {})])
def test_values_that_cannot_be_stored_leave_the_array_as_it_was(
    zarr_format: int, values: Any, engine: str
) -> None:
    """Catches an array that is longer although its new rows were refused."""
    store = MemoryStore()
    array = made(store, engine, zarr_format=zarr_format)
    before = dict(store._store_dict)
    with pytest.raises((TypeError, ValueError)):
        append(array, values)
    assert array.shape == (7, 5)
    assert store._store_dict == before


@pytest.mark.parametrize(("durability", "flushes"), [("replace", False), ("fsync", True)])
@pytest.mark.parametrize(
    ("zarr_format", "names"), [(2, [".zarray", ".zattrs"]), (3, ["zarr.json"])]
)
def test_documents_are_flushed_only_where_the_options_require_it(
    durability: str, zarr_format: int, names: list[str], monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path, *, flushes: bool,
) -> None:  # fmt: skip
    """Catches a shape that a system crash reverts, or a flush that nobody requested."""
    flushed: set[Path] = set()
    monkeypatch.setattr(
        "zarr._engine.calls.append.flush",
        lambda paths, root: flushed.update(path.relative_to(root) for path in paths),
    )
    options: dict[str, Any] = {"config": {"engine_options": {"durability": durability}}}
    flush_documents(made(LocalStore(tmp_path), zarr_format=zarr_format, name="x", **options))
    assert flushed == ({Path("x", name) for name in names} if flushes else set())
