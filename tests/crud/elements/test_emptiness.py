"""Which chunks need not be stored: exactly those that consist of the fill value's bytes."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.codecs import BytesCodec, ShardingCodec, TransposeCodec
from zarr.crud._elements.emptiness import without_empty_chunks
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore

pytestmark = [
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
    pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning"),
]

PAIR = np.dtype([("a", "f8"), ("b", "c8"), ("c", "S3")])


def of_bits(bits: int, dtype: str) -> Any:
    return np.array([bits], f"u{np.dtype(dtype).itemsize}").view(dtype)[0]


# A data type, its fill value, and another value that compares equal to it.
ALIKE: list[tuple[Any, Any, Any]] = [
    ("f8", 0.0, -0.0),
    ("f4", -0.0, 0.0),
    ("f2", np.nan, of_bits(0x7E01, "f2")),
    ("f4", np.nan, of_bits(0x7FC12345, "f4")),
    ("f8", np.nan, of_bits(0xFFF8000000000000, "f8")),
    ("c8", 0j, complex(-0.0, 0.0)),
    ("c16", 0j, complex(0.0, -0.0)),
    ("c16", complex(np.nan, 1), complex(np.nan, 2)),
    ("c16", complex(np.nan, 1), complex(1, np.nan)),
    (PAIR, (0, 0, b""), (-0.0, 0, b"")),
    (PAIR, (0, 0, b""), (0.0, complex(0.0, -0.0), b"")),
]

LAYOUTS: dict[str, dict[str, Any]] = {
    "format 2": {"zarr_format": 2, "compressors": None},
    "format 2, columns first": {"zarr_format": 2, "order": "F"},
    "format 3": {"compressors": None},
    "big-endian": {"serializer": BytesCodec(endian="big")},
    "shards": {"shards": (4, 4)},
    "transposed shards": {"shards": (4, 4), "filters": [TransposeCodec(order=(1, 0))]},
    "shards in shards": {
        "serializer": ShardingCodec(
            chunk_shape=(2, 2),
            codecs=[ShardingCodec(chunk_shape=(1, 2), codecs=[BytesCodec()])],
        ),
        "compressors": None,
    },
}


def array_of(dtype: Any, fill: Any, engine: str, layout: str) -> Any:
    dtype = np.dtype(dtype)
    if layout.startswith("format 2") and dtype.names is None:
        dtype = dtype.newbyteorder(">")
    return zarr.create_array(
        MemoryStore(),
        shape=(4, 4),
        chunks=(4, 4) if layout == "shards in shards" else (2, 2),
        dtype=dtype,
        fill_value=np.array(fill, dtype)[()],
        **LAYOUTS[layout],
    ).with_engine(engine)


def chunks_of(array: Any) -> list[tuple[int, ...]]:
    found: list[tuple[int, ...]] = crud.list_chunks(array.metadata, array.store)
    return found


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("dtype", "fill", "alike"), ALIKE, ids=str)
def test_what_only_compares_like_the_fill_value_is_stored(
    engine: str, layout: str, dtype: Any, fill: Any, alike: Any
) -> None:
    """Catches a chunk or subchunk that is dropped, and read back as another value."""
    array = array_of(dtype, fill, engine, layout)
    expected = np.full((4, 4), np.array(fill, array.dtype), array.dtype)
    assert chunks_of(array) == []
    # A whole chunk, a part of an absent chunk, and a part of a stored chunk.
    for where in ((slice(0, 2), slice(2, 4)), (3, 0), (0, 3), (...,)):
        expected[where] = np.array(alike, array.dtype)
        array[where] = np.array(alike, array.dtype)
        assert_same(array[...], expected)
    # Chunks of the fill value itself are still not stored.
    array[...] = np.array(fill, array.dtype)
    assert chunks_of(array) == []


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dtype", ["?", "u1", "i8", "f4", "c16", "S5", "U3", "V6", PAIR], ids=str)
def test_a_chunk_of_the_fill_value_is_not_stored(engine: str, layout: str, dtype: Any) -> None:
    """Catches chunks of fill values that occupy disk space, or an element that is overlooked."""
    ones = np.frombuffer(b"\1" * np.dtype(dtype).itemsize, "u1" if dtype == "U3" else dtype)
    fill = "aé" if dtype == "U3" else ones[0]
    array = array_of(dtype, fill, engine, layout)
    one = np.array(fill, array.dtype)
    array[...] = one
    assert chunks_of(array) == []
    other = np.zeros((), array.dtype)
    for place in np.ndindex(4, 4):
        array[place] = other
        assert len(chunks_of(array)) == 1
        array[place] = one
        assert chunks_of(array) == []


@pytest.mark.parametrize("fill", ["0x7fc12345", "NaN"])
@pytest.mark.parametrize("shards", [False, True])
def test_a_payload_of_the_fill_value_is_its_own(engine: str, shards: bool, fill: str) -> None:
    """Catches NaNs with the document's payload that are stored, or other NaNs that are not."""
    little = {"name": "bytes", "configuration": {"endian": "little"}}
    sharding = {"name": "sharding_indexed", "configuration": {"chunk_shape": [2]}}
    sharding["configuration"] |= {"codecs": [little], "index_codecs": [little]}  # type: ignore[operator]
    document: Any = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [4],
        "data_type": "float32",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [4]}},
        "chunk_key_encoding": {"name": "default"},
        "fill_value": fill,
        "codecs": [sharding if shards else little],
        "attributes": {},
    }
    document = json.loads(json.dumps(document))
    store = MemoryStore()
    own, other = (0x7FC12345, 0x7FC00000) if fill != "NaN" else (0x7FC00000, 0x7FC12345)
    for bits, stored in ((own, False), (other, True)):
        value = np.full(4, bits, "u4").view("f4")
        crud.write_chunk(document, store, (0,), value, engine=engine, detached=True)
        assert (crud.list_chunks(document, store, detached=True) == [(0,)]) is stored
        assert_same(crud.read_chunk(document, store, (0,), engine=engine, detached=True), value)


class DerivedSharding(ShardingCodec):
    """A subclass of the sharding codec."""


def test_a_derived_sharding_codec_is_used_to_write() -> None:
    """Catches the use of zarr's codec instead of the configured one."""
    derived = DerivedSharding(chunk_shape=(2, 2), codecs=[BytesCodec()], index_location="start")
    (found,) = without_empty_chunks([derived])
    assert type(found) is DerivedSharding
    assert found.index_location == derived.index_location
    assert found.chunk_shape == derived.chunk_shape
    assert found.codecs[1:] == derived.codecs
