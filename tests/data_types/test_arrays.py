"""Arrays of these data types, with every engine."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pytest

import zarr
from tests.data_types.cases import FLOATS, NAMES, document, elements, native, patterns, word
from zarr import crud
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, TransposeCodec, ZstdCodec
from zarr.crud.testing import assert_same
from zarr.storage import LocalStore, MemoryStore

WAYS: Final = ("zarr", "reference", "zarrs", "auto")

LAYOUTS: Final[dict[str, dict[str, Any]]] = {
    "raw": {"compressors": None},
    "shards": {"shards": (6, 4), "compressors": [ZstdCodec(level=1), Crc32cCodec()]},
    "blosc": {"compressors": BloscCodec(shuffle="bitshuffle")},
    "transposed": {"filters": TransposeCodec(order=(1, 0)), "compressors": ZstdCodec(level=1)},
}

DIALECTS: Final[dict[str, Any]] = {
    "basic": (slice(1, 7, 3), 2),
    "orthogonal": ([6, 0, 3], slice(None, None, 2)),
    "coordinate": ([6, 0, 3, 3], [4, 0, 1, 1]),
    "mask": np.arange(35).reshape(7, 5) % 3 == 0,
    "block": (1, slice(0, 2)),
}


def endianness(name: str, endian: Any) -> dict[str, Any]:
    """The keyword for the stored byte order."""
    return {"serializer": BytesCodec(endian=endian if name == "bfloat16" else None)}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("endian", ["little", "big"])
def test_every_bit_pattern_is_stored_and_read(name: str, endian: str) -> None:
    """Catches a NaN, a zero or a subnormal number that changes, and swapped bytes."""
    values = patterns(name)
    stored = word(values).astype(word(values).dtype.newbyteorder(">" if endian == "big" else "<"))
    for engine in WAYS:
        store = MemoryStore()
        array = zarr.create_array(
            store,
            shape=values.shape,
            dtype=name,
            chunks=values.shape,
            compressors=None,
            engine=engine,
            fill_value=1,
            **endianness(name, endian),
        )
        array[...] = values
        assert store._store_dict["c/0"].to_bytes() == stored.tobytes(), engine
        for reader in WAYS:
            assert_same(zarr.open_array(store, engine=reader)[...], values)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(
    ("name", "endian"), [("bfloat16", "big"), *((name, "little") for name in NAMES)]
)
def test_engines_store_what_zarr_stores(name: str, layout: str, endian: str) -> None:
    """Catches stored bytes, or parts of chunks, that differ between engines."""
    values, found = elements(name, (7, 5)), {}
    part = elements(name, (4, 2), seed=1)
    for engine in WAYS:
        store = MemoryStore()
        array = zarr.create_array(
            store,
            shape=(7, 5),
            dtype=native(name),
            chunks=(3, 2),
            engine=engine,
            **LAYOUTS[layout],
            **endianness(name, endian),
        )
        array[...] = values
        array[1:5, 2:4] = part
        expected = values.copy()
        expected[1:5, 2:4] = part
        assert_same(array[...], expected)
        found[engine] = {key: value.to_bytes() for key, value in store._store_dict.items()}
        for reader in WAYS:
            assert_same(zarr.open_array(store, engine=reader)[2:, 1:4], expected[2:, 1:4])
    if layout != "blosc":
        assert found["reference"] == found["zarr"]
        assert found["zarrs"].keys() == found["zarr"].keys()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_dialect_reads_and_writes(name: str, dialect: Any, engine: Any) -> None:
    """Catches a selection that moves elements of the wrong size or type."""
    values, selection = elements(name, (7, 5)), DIALECTS[dialect]
    members, store = document(name), MemoryStore()
    crud.create(members, store, engine=engine)
    crud.write_region(members, store, ..., values, engine=engine)
    expected = values.copy()
    numpys: dict[str, Any] = {
        "orthogonal": np.ix_([6, 0, 3], [0, 2, 4]),
        "block": (slice(3, 6), slice(0, 4)),
    }
    where = numpys.get(dialect, selection)
    found = crud.read_region(members, store, selection, kind=dialect, engine=engine)
    assert_same(found, values[where])
    crud.write_region(members, store, selection, 1, kind=dialect, engine=engine)
    expected[where] = 1
    assert_same(crud.read_region(members, store, engine=engine), expected)


@pytest.mark.parametrize("name", NAMES)
def test_missing_chunks_have_the_bits_of_the_fill_value(name: str, engine: Any) -> None:
    """Catches the fill value of another data type of this size, or a NaN without its bits."""
    fills: list[tuple[Any, int]] = [(1, int(word(np.ones(1).astype(native(name)))[0]))]
    if name in FLOATS:
        last = (1 << FLOATS[name].bits) - 1
        digits = 2 * native(name).itemsize
        fills = [(1.0, fills[0][1]), (f"0x{last:0{digits}x}", last)]
    for fill, bits in fills:
        members, store = document(name, fill_value=fill), MemoryStore()
        crud.create(members, store, engine=engine)
        found: Any = crud.read_region(members, store, engine=engine)
        assert word(found).tolist() == [[bits] * 5] * 7
        # Around what is written, and back to nothing.
        other = np.zeros((), native(name))
        crud.write_region(members, store, (3, 2), other, engine=engine)
        around: Any = crud.read_region(members, store, engine=engine)
        assert word(around).tolist()[3] == [bits, bits, 0, bits, bits]
        crud.write_region(members, store, (3, 2), found[0, 0, ...], engine=engine)
        assert [key for key in store._store_dict if key.startswith("c/")] == []
        stored = zarr.open_array(store).metadata.to_dict()["fill_value"]
        assert crud.read_metadata(store)["fill_value"] == fill
        zarr.open_array(store, engine=engine).update_attributes({"a": 1})
        assert crud.read_metadata(store)["fill_value"] == stored
        found = crud.read_region(crud.read_metadata(store), store, engine=engine)
        assert word(found).tolist() == [[bits] * 5] * 7


@pytest.mark.parametrize("name", NAMES)
def test_rank_0_and_no_elements(name: str, engine: Any) -> None:
    """Catches a scalar that is a plain Python object, or an empty array of another type."""
    for shape in ((), (0, 3)):
        values = elements(name, shape)
        array = zarr.create_array({}, shape=shape, dtype=name, engine=engine)
        array[...] = values
        assert_same(np.asarray(array[...], dtype=native(name)), values)
        assert array.dtype == native(name)
    grid = {"name": "regular", "configuration": {"chunk_shape": []}}
    members = document(name, shape=[], chunk_grid=grid)
    found = crud.read_region(members, MemoryStore(), engine=engine, detached=True)
    assert found == native(name).type(1)
    assert type(found) is native(name).type


@pytest.mark.parametrize("name", NAMES)
def test_values_of_other_types_are_cast(name: str, engine: Any, tmp_path: Any) -> None:
    """Catches a value that only its own data type may give."""
    store = LocalStore(tmp_path)
    array = zarr.create_array(store, shape=6, chunks=4, dtype=name, engine=engine)
    for values in (np.array([1, 0, 1], "f4"), np.array([1, 0, 1], "i8"), [1, 0, 1]):
        array[1:4] = values
        expected = np.array([1, 0, 1], "f4").astype(native(name))
        assert_same(array[1:4], expected)
        out = np.empty(3, native(name))
        crud.read_region(array.metadata, store, slice(1, 4), out=out, engine=engine)
        assert_same(out, expected)


@pytest.mark.parametrize("name", NAMES)
def test_engines_say_that_they_serve_it(name: str) -> None:
    """Catches an engine that is not asked, or reads such arrays through Python."""
    explained = crud.explain(document(name), MemoryStore(), operation="write_region")
    assert {engine: one.serves for engine, one in explained.items()} == {
        "reference": True,
        "zarrista": False,  # which has no stores in memory
        "zarrs": True,
    }


def test_an_unknown_packing_is_refused() -> None:
    """Catches packed elements that are read as one byte each."""
    members = document("int4", codecs=[{"name": "packbits"}])
    with pytest.raises(crud.DocumentError, match="packbits"):
        crud.read_region(members, MemoryStore())
