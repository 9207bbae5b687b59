"""Every engine against upstream zarr, NumPy and the other engine, over all layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import zarr
from tests.conftest import ENGINES
from zarr import crud
from zarr.crud.testing import (
    AsyncOnlyStore,
    Layout,
    assert_same,
    basic_selections,
    fill_of,
    layouts,
    some_values,
)
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from zarr.abc.store import Store

# Layouts include data types that have no format 3 specification yet. Values have arbitrary bits,
# including signaling NaNs, about which NumPy warns in comparisons.
pytestmark = [
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
    pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning"),
]

STORES = ("memory", "local", "async-only")


def make_store(kind: str, tmp_path: Path, name: str) -> Store:
    """A new store; a local one has its own folder for each example."""
    if kind == "local":
        used = sum(1 for _ in tmp_path.iterdir())
        return LocalStore(tmp_path / f"{name}-{used}")
    return MemoryStore() if kind == "memory" else AsyncOnlyStore()


def make_array(store: Store, layout: Layout, **options: Any) -> zarr.Array[Any]:
    """An array of that layout, created by upstream."""
    return zarr.create_array(
        store,
        shape=layout.shape,
        chunks=layout.chunks,
        dtype=layout.dtype,
        **layout.keywords,
        **options,
    )


def kept_values(
    dtype: np.dtype[Any], shape: tuple[int, ...], seed: int, fill: Any
) -> npt.NDArray[Any]:
    """Values that upstream keeps: those that equal the fill value have its exact bits."""
    return as_kept(some_values(dtype, shape, seed, fill), np.full(shape, fill, dtype))


def as_kept(values: npt.NDArray[Any], fills: npt.NDArray[Any]) -> npt.NDArray[Any]:
    for name in values.dtype.names or ():
        values[name] = as_kept(values[name].copy(), fills[name])
    if values.dtype.kind not in "fc" and values.dtype.isbuiltin != 2:
        return values
    both_nan = np.isnan(values) & np.isnan(fills)
    return np.where(both_nan | (values == fills), fills, values).astype(values.dtype)


def is_document(key: str) -> bool:
    """Whether a key is that of a document, not of a chunk."""
    return key.rsplit("/", 1)[-1] in ("zarr.json", ".zarray", ".zattrs", ".zgroup")


def stored_keys(store: Store) -> set[str]:
    """All keys except those of documents."""

    async def collect() -> set[str]:
        return {key async for key in store.list() if not is_document(key)}

    return zarr.core.sync.sync(collect())


@pytest.mark.parametrize("kind", STORES)
@given(data=st.data(), layout=layouts(), seed=st.integers(0, 1000))
@settings(max_examples=60)
def test_reads_are_the_same_bits(
    tmp_path: Path, kind: str, data: st.DataObject, layout: Layout, seed: int
) -> None:
    """Catches reads of upstream's data with wrong edges, strides, byte orders or fill values."""
    store = make_store(kind, tmp_path, "read")
    array = make_array(store, layout)
    values = kept_values(layout.dtype, layout.shape, seed, fill_of(array.metadata))
    array[...] = values
    document = crud.read_metadata(store)
    selection = data.draw(basic_selections(layout.shape))
    for engine in ENGINES:
        found = crud.read_region(document, store, selection, engine=engine)
        assert_same(found, values[selection])


@pytest.mark.parametrize("kind", STORES)
@given(data=st.data(), layout=layouts(), seed=st.integers(0, 1000), write_empty=st.booleans())
@settings(max_examples=60)
def test_writes_leave_what_upstream_leaves(
    tmp_path: Path, kind: str, data: st.DataObject, layout: Layout, seed: int, write_empty: bool
) -> None:
    """Catches an element or a stored chunk that differs from upstream's after partial writes."""
    options = crud.Options(write_empty_chunks=write_empty)
    native = make_array(MemoryStore(), layout, config={"write_empty_chunks": write_empty})
    stores = {engine: make_store(kind, tmp_path, engine) for engine in ENGINES}
    for engine, store in stores.items():
        crud.create(native.metadata, store, engine=engine)
    expected = np.full(layout.shape, fill_of(native.metadata), dtype=layout.dtype)
    for step in range(3):
        selection = data.draw(basic_selections(layout.shape))
        shape = expected[selection].shape
        values = kept_values(layout.dtype, shape, seed + step, fill_of(native.metadata))
        expected[selection] = values
        if all(not isinstance(item, slice) or (item.step or 1) > 0 for item in selection):
            native[selection] = values
        else:
            native[...] = expected
        for engine, store in stores.items():
            crud.write_region(
                native.metadata, store, selection, values, engine=engine, options=options
            )
    for engine, store in stores.items():
        for reader in ENGINES:
            assert_same(crud.read_region(native.metadata, store, engine=reader), expected)
        assert_same(
            zarr.open_array(store, mode="r", zarr_format=native.metadata.zarr_format)[...], expected
        )
        if not write_empty:
            assert stored_keys(store) == stored_keys(native.store), engine


@given(layout=layouts(), seed=st.integers(0, 1000))
@settings(max_examples=60)
def test_chunks_are_the_same_bits(layout: Layout, seed: int) -> None:
    """Catches whole chunks that lose their nominal shape, or that another engine misreads."""
    array = make_array(MemoryStore(), layout)
    values = kept_values(layout.dtype, layout.shape, seed, fill_of(array.metadata))
    array[...] = values
    document = crud.read_metadata(array.store)
    grid = tuple(-(-n // c) for n, c in zip(layout.shape, document.chunk_shape or (), strict=True))
    for index in np.ndindex(grid):
        reference, ours = (
            crud.read_chunk(document, array.store, index, engine=engine) for engine in ENGINES
        )
        assert reference.shape == document.chunk_shape
        assert_same(ours, reference)
        for writer, reader in (ENGINES, reversed(ENGINES)):
            copy = MemoryStore()
            crud.write_chunk(document, copy, index, reference, engine=writer, detached=True)
            assert_same(
                crud.read_chunk(document, copy, index, engine=reader, detached=True), reference
            )


@given(layout=layouts(), seed=st.integers(0, 1000))
@settings(max_examples=60)
def test_stored_bytes_are_upstreams(layout: Layout, seed: int) -> None:
    """Catches stored bytes, such as the layout of shards, that differ from upstream's."""
    layout = layout._replace(keywords=layout.keywords | {"compressors": None})
    source = MemoryStore()
    native = make_array(source, layout)
    values = kept_values(layout.dtype, layout.shape, seed, fill_of(native.metadata))
    native[...] = values
    expected = {key: value.to_bytes() for key, value in source._store_dict.items()}
    for engine in ENGINES:
        store = MemoryStore()
        crud.create(native.metadata, store, engine=engine)
        crud.write_region(native.metadata, store, ..., values, engine=engine)
        found = {key: value.to_bytes() for key, value in store._store_dict.items()}
        assert {key: found[key] for key in found if not is_document(key)} == {
            key: expected[key] for key in expected if not is_document(key)
        }, engine
