"""Strings and bytes of variable length: the same as the reference, upstream and NumPy."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given, settings

import zarr
from tests.zarrs.variable_length import DTYPES, FILLS, arrays, make_store, stored, values_of
from zarr import crud
from zarr.crud.testing import assert_same, selections
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
]


@pytest.mark.parametrize("where", ["memory", "local", "async-only"])
@given(data=st.data(), drawn=arrays(), seed=st.integers(0, 1000))
@settings(max_examples=40)
def test_reads_are_those_of_numpy_and_of_the_reference(
    tmp_path: Path, where: str, data: st.DataObject, drawn: tuple[str, Any], seed: int
) -> None:
    """Catches upstream's elements mixed up, cut or of another type, in every dialect."""
    kind, keywords = drawn
    store = make_store(where, tmp_path)
    array = zarr.create_array(store, **keywords)
    values = values_of(kind, array.shape, keywords["fill_value"], seed)
    array[...] = values
    assert_same(crud.read_region(array.metadata, store, engine="zarrs"), values)
    one = data.draw(selections(array.shape))
    expected = one.of(values)
    found, theirs = (
        crud.read_region(array.metadata, store, one.selection, kind=one.kind, engine=engine)
        for engine in ("zarrs", "reference")
    )
    assert type(found) is type(theirs)
    assert_same(found, expected)
    assert_same(theirs, expected)
    out = np.full(expected.shape[::-1], "old", values.dtype).T
    found = crud.read_region(
        array.metadata, store, one.selection, kind=one.kind, out=out, engine="zarrs"
    )
    assert found is out
    assert_same(out, expected)


@pytest.mark.parametrize("where", ["memory", "local", "async-only"])
@given(data=st.data(), drawn=arrays(), seed=st.integers(0, 1000), write_empty=st.booleans())
@settings(max_examples=40)
def test_writes_store_what_the_reference_stores(
    tmp_path: Path,
    where: str,
    data: st.DataObject,
    drawn: tuple[str, Any],
    seed: int,
    write_empty: bool,
) -> None:
    """Catches elements or stored chunks that differ after partial writes in every dialect."""
    kind, keywords = drawn
    document = zarr.create_array(MemoryStore(), **keywords).metadata
    options = crud.Options(write_empty_chunks=write_empty)
    expected = np.full(document.shape, keywords["fill_value"], document.dtype.to_native_dtype())
    stores = {engine: make_store(where, tmp_path) for engine in ("zarrs", "reference")}
    for step in range(3):
        one = data.draw(selections(document.shape))
        values = values_of(kind, one.places.shape, keywords["fill_value"], seed + step)
        one.put(expected, values)
        for engine, store in stores.items():
            crud.write_region(
                document,
                store,
                one.selection,
                values,
                kind=one.kind,
                engine=engine,
                options=options,
                detached=True,
            )
    ours, theirs = (stored(store) for store in stores.values())
    assert ours.keys() == theirs.keys()
    # With empty subchunks, the reference stores more of a shard: see fork/divergences.md.
    if not keywords["compressors"] and not (write_empty and keywords.get("shards")):
        assert ours == theirs
    for reader in stores:
        for store in stores.values():
            assert_same(crud.read_region(document, store, engine=reader, detached=True), expected)


@pytest.mark.parametrize("keywords", [{}, {"shards": (6, 4)}, {"zarr_format": 2}])
@pytest.mark.parametrize("kind", DTYPES)
def test_a_chunk_is_read_and_written_in_its_nominal_shape(kind: str, keywords: Any) -> None:
    """Catches chunks that are cropped at the array's edge."""
    store = MemoryStore()
    array = zarr.create_array(
        store,
        shape=(7, 5),
        chunks=(3, 2),
        dtype=DTYPES[kind],
        fill_value=FILLS[kind][1],
        **keywords,
    )
    shape = array.shards or array.chunks
    index = tuple(-(-n // e) - 1 for n, e in zip(array.shape, shape, strict=True))
    values = values_of(kind, shape, FILLS[kind][1], 3)
    crud.write_chunk(array.metadata, store, index, values, engine="zarrs")
    for engine in ("zarrs", "reference"):
        assert_same(crud.read_chunk(array.metadata, store, index, engine=engine), values)
    missing = crud.read_chunk(array.metadata, store, (0, 0), engine="zarrs")
    assert_same(missing, np.full(shape, FILLS[kind][1], values.dtype))
    strict = crud.Options(missing_chunks="error")
    with pytest.raises(zarr.errors.ChunkNotFoundError):
        crud.read_region(array.metadata, store, (0, 0), engine="zarrs", options=strict)


@pytest.mark.parametrize("shards", [None, (4,)])
def test_what_only_joins_to_the_fill_value_is_stored(shards: Any) -> None:
    """Catches a comparison of joined bytes: `["aa", ""]` would equal two elements `"a"`."""
    store = MemoryStore()
    array = zarr.create_array(
        store, shape=(4,), chunks=(2,), shards=shards, dtype="T", fill_value="a"
    )
    crud.write_region(array.metadata, store, ..., ["aa", "", "a", "a"], engine="zarrs")
    assert np.asarray(array[...]).tolist() == ["aa", "", "a", "a"]
    assert shards or set(stored(store)) == {"c/0"}


def test_none_and_zero_are_stored_as_no_bytes() -> None:
    """Catches `None` or 0 that is not stored as no bytes, and other objects that are accepted."""
    stores = {engine: MemoryStore() for engine in ("zarrs", "reference")}
    array = zarr.create_array(MemoryStore(), shape=(4,), chunks=(2,), dtype=DTYPES["bytes"])
    values = np.array([b"x", None, 0, b""], "O")
    for engine, store in stores.items():
        crud.write_region(array.metadata, store, ..., values, engine=engine, detached=True)
        assert crud.read_region(array.metadata, store, engine=engine).tolist() == [b"x", *[b""] * 3]
        with pytest.raises(TypeError, match=r"int|str"):
            crud.write_region(
                array.metadata,
                store,
                ...,
                np.array([b"y", 1, "", b""], "O"),
                engine=engine,
                detached=True,
            )
    ours, theirs = (stored(store) for store in stores.values())
    assert ours.keys() == theirs.keys()


def test_objects_of_out_are_released(tmp_path: Path) -> None:
    """Catches references that a read overwrites or returns without counting them."""
    store = LocalStore(tmp_path)
    array = zarr.create_array(store, shape=(8,), chunks=(3,), dtype=DTYPES["bytes"])
    array[...] = np.array([bytes([n, n]) for n in range(8)], "O")
    marker = b"marker of this test"
    out = np.array([marker] * 8, "O")
    held = sys.getrefcount(marker)
    crud.read_region(array.metadata, store, out=out, engine="zarrs")
    assert sys.getrefcount(marker) == held - 8
    kept = out[0]
    # References of the array, of `kept` and of the call.
    assert sys.getrefcount(kept) == 3
    assert out.tolist() == [bytes([n, n]) for n in range(8)]
