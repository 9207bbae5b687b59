"""Arrays that no engine can write are not created, whatever their filters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from tests.faults.fuzz.snappy import blosc_snappy
from zarr import crud
from zarr.codecs import BloscCodec, BytesCodec
from zarr.codecs import numcodecs as wrapped
from zarr.core.buffer.cpu import Buffer
from zarr.core.sync import sync
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
from tests.crud.encoding.test_unwritable import ENGINES, PCODEC

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore::zarr.errors.ZarrUserWarning"),
]


def of_format2(*filters: dict[str, Any], dtype: str, last: dict[str, Any]) -> dict[str, Any]:
    """A document of format 2."""
    rest = {"fill_value": 0, "order": "C", "filters": list(filters) or None, "compressor": last}
    return {"zarr_format": 2, "shape": [7], "chunks": [3], "dtype": dtype, **rest}


FILTERS: Final[dict[str, dict[str, Any]]] = {
    "bitround": {"keepbits": 53},
    "quantize": {"digits": 2**40, "dtype": "<f8"},
    "quantize, small": {"digits": -(2**40), "dtype": "<f8"},
    "delta": {"dtype": "<i8", "astype": "<i8"},
}
"""Filters that cannot work for elements of float64, or of int32 in the last case."""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", list(FILTERS))
def test_a_filter_that_cannot_work_is_refused(engine: str, name: str) -> None:
    """Catches values that raise in NumPy, or that are stored and cannot be read again."""
    codec, config = name.split(",")[0], FILTERS[name]
    dtype = "<i4" if codec == "delta" else "<f8"
    document = of_format2({"id": codec, **config}, dtype=dtype, last={"id": "zlib", "level": 1})
    store = MemoryStore()
    with pytest.raises(crud.UnsupportedError, match=f"codec '{codec}' cannot encode with"):
        crud.write_region(document, store, ..., 1, engine=engine)
    assert not store._store_dict


@pytest.mark.parametrize("engine", ENGINES)
def test_what_nobody_could_read_is_not_stored(engine: str) -> None:
    """Catches elements of four bytes that zarr reads as half as many of eight."""
    keywords: dict[str, Any] = {"shape": (7,), "chunks": (3,), "dtype": "f8"}
    narrow = wrapped.Quantize(digits=2, dtype="<f8", astype="<f4")
    with pytest.raises(crud.UnsupportedError, match=r"'quantize'.*float32, but is read as float64"):
        zarr.create_array({}, filters=[narrow], engine=engine, **keywords)
    twice = wrapped.AsType(encode_dtype="<i4", decode_dtype="<i4")
    with pytest.raises(crud.UnsupportedError, match=r"'astype' is declared for <i4, but.* <f8"):
        zarr.create_array({}, filters=[twice], engine=engine, **keywords)
    told: dict[str, Any] = {
        "filters": [narrow],
        "serializer": wrapped.PCodec(),
        "compressors": None,
    }
    array: Any = zarr.create_array({}, engine=engine, **told, **keywords)
    array[...] = np.arange(7) / 4
    np.testing.assert_allclose(array[...], np.arange(7) / 4, atol=0.01)
    document = of_format2({"id": "zlib", "level": 1}, dtype="<i4", last={"id": "pcodec", **PCODEC})
    with pytest.raises(crud.UnsupportedError, match=r"'pcodec' cannot encode \|u1"):
        crud.write_region(document, MemoryStore(), ..., 1, engine=engine)


LARGE: Final[dict[str, dict[str, Any]]] = {
    "blosc": {"shape": (2**31,), "chunks": (2**31,), "compressors": BloscCodec()},
    "blosc, just": {"shape": (1,), "chunks": (2**31 - 16,), "compressors": BloscCodec()},
    "blosc of items": {
        "shape": (9, 9),
        "chunks": (2**16, 2**14),
        "dtype": "i4",
        "compressors": BloscCodec(),
    },
    "blosc, numcodecs": {"shape": (1,), "chunks": (2**31,), "compressors": wrapped.Blosc()},
    "blosc, format 2": {
        "shape": (1,),
        "chunks": (2**31,),
        "compressors": numcodecs.Blosc(),
        "zarr_format": 2,
    },
    "lz4": {"shape": (1,), "chunks": (0x7E000001,), "compressors": wrapped.LZ4()},
    "lz4, format 2": {
        "shape": (1,),
        "chunks": (0x7E000001,),
        "compressors": numcodecs.LZ4(),
        "zarr_format": 2,
    },
    "blosc in a shard": {
        "shape": (1,),
        "chunks": (2**31,),
        "shards": (2**32,),
        "compressors": BloscCodec(),
    },
    "blosc after a checksum": {
        "shape": (1,),
        "chunks": (2**31 - 20,),
        "compressors": [wrapped.CRC32(), BloscCodec()],
    },
    "blosc of wider elements": {
        "shape": (1,),
        "chunks": (2**29,),
        "filters": [wrapped.AsType(encode_dtype="<i4", decode_dtype="|u1")],
        "serializer": BytesCodec(),
        "compressors": BloscCodec(),
    },
    "pcodec": {
        "shape": (1,),
        "chunks": (2**25,),
        "dtype": "f8",
        "compressors": None,
        "serializer": wrapped.PCodec(equal_pages_up_to=2**25),
    },
    "shuffle": {"shape": (7,), "chunks": (7,), "compressors": wrapped.Shuffle(elementsize=2)},
    "text": {"shape": (1,), "chunks": (2**31,), "dtype": str, "compressors": None},
    "budget": {"shape": (1,), "chunks": (2**39,), "compressors": None},
}
"""Chunks that no encoder accepts."""

SMALL: Final[dict[str, dict[str, Any]]] = {
    "blosc": {"shape": (1,), "chunks": (2**31 - 17,), "compressors": BloscCodec()},
    "blosc in a shard": {
        "shape": (1,),
        "chunks": (2**20,),
        "shards": (2**33,),
        "compressors": BloscCodec(),
    },
    "blosc of narrower elements": {
        "shape": (1,),
        "chunks": (2**30,),
        "dtype": "i4",
        "filters": [wrapped.AsType(encode_dtype="|u1", decode_dtype="<i4")],
        "compressors": BloscCodec(),
    },
    "zstd": {"shape": (1,), "chunks": (2**33,)},
    "raw": {"shape": (1,), "chunks": (2**33,), "compressors": None},
    "lz4 after zstd": {
        "shape": (1,),
        "chunks": (2**33,),
        "compressors": [wrapped.Zstd(), wrapped.LZ4()],
    },
}
"""Chunks that encoders accept."""


def without_format(keywords: dict[str, Any]) -> dict[str, Any]:
    """Keyword arguments for a group, whose format is fixed."""
    return {name: value for name, value in keywords.items() if name != "zarr_format"}


def made(store: Any, **keywords: Any) -> Any:
    """A new array."""
    return zarr.create_array(store, **{"dtype": "u1", **keywords})


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", list(LARGE))
def test_what_cannot_be_written_is_not_created(engine: str, name: str) -> None:
    """Catches an array that is created and then fails at its first chunk."""
    store = MemoryStore()
    with pytest.raises(crud.UnsupportedError):
        made(store, engine=engine, **LARGE[name])
    group = zarr.create_group(store, engine=engine, zarr_format=LARGE[name].get("zarr_format", 3))
    before = set(store._store_dict)
    with pytest.raises(crud.UnsupportedError):
        group.create_array("x", **without_format({"dtype": "u1", **LARGE[name]}))
    assert set(store._store_dict) == before
    array = made(MemoryStore(), **LARGE[name])
    assert zarr.open_array(array.store, engine=engine).engine == engine
    assert array.with_engine(engine).engine == engine
    if name != "budget":
        verdict = crud.explain(array.metadata, array.store, operation="write_region")[engine]
        assert not verdict.serves
        assert crud.explain(array.metadata, array.store)[engine].serves
        empty = MemoryStore()
        with pytest.raises(crud.UnsupportedError, match="does not serve write_region"):
            crud.create(array.metadata, empty, engine=engine)
        assert not empty._store_dict
        # No engine was named here: the writer may use another one.
        crud.create(array.metadata, empty)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", list(SMALL))
def test_what_can_be_written_is_created(engine: str, name: str) -> None:
    """Catches a chunk limit that is applied to shards, or before elements are made smaller."""
    assert made(MemoryStore(), engine=engine, **SMALL[name]).engine == engine


SNAPPY: Final[dict[str, dict[str, Any]]] = {
    "format 3": {"compressors": BloscCodec(cname="snappy", typesize=4, shuffle="shuffle")},
    "format 2": {"compressors": numcodecs.Blosc("snappy"), "zarr_format": 2},
    "numcodecs": {"compressors": wrapped.Blosc(cname="snappy")},
}


@pytest.mark.parametrize("kind", list(SNAPPY))
def test_blosc_with_snappy_is_read_and_not_written(kind: str) -> None:
    """Catches chunks that zarr-python cannot read, as its numcodecs is built without snappy."""
    keywords: dict[str, Any] = {"shape": (4000,), "chunks": (1000,), "dtype": "<i4", **SNAPPY[kind]}
    calls: dict[str, Callable[[MemoryStore], Any]] = {
        "create_array": lambda store: zarr.create_array(store, engine="zarrs", **keywords),
        "a group": lambda store: zarr.create_group(
            store, engine="zarrs", zarr_format=keywords.get("zarr_format", 3)
        ).create_array("x", **without_format(keywords)),
        "create_hierarchy": lambda store: dict(
            zarr.create_hierarchy(
                store=store,
                nodes={"x": zarr.create_array({}, **keywords).metadata},
                engine="zarrs",
            )
        ),
    }
    for name, call in calls.items():
        store = MemoryStore()
        with pytest.raises(crud.UnsupportedError, match="snappy"):
            call(store)
        assert not [key for key in store._store_dict if "x" in key or name == "create_array"]
    array: Any = zarr.create_array({}, **keywords)
    value = np.arange(1000, dtype="i4") // 7
    key = array.metadata.encode_chunk_key((1,))
    array.store._store_dict[key] = Buffer.from_bytes(blosc_snappy(value.tobytes(), "shuffle", 4))
    before = dict(array.store._store_dict)
    opened: Any = zarr.open_array(array.store, engine="zarrs")
    np.testing.assert_array_equal(opened[1000:2000], value)
    np.testing.assert_array_equal(opened[1500:1503], value[500:503])
    assert not opened[:1000].any()
    with pytest.raises(crud.UnsupportedError, match="snappy"):
        opened[3] = 1
    with pytest.raises(crud.UnsupportedError, match="snappy"):
        opened.append(value)
    with pytest.raises(crud.UnsupportedError, match="snappy"):
        sync(opened._async_array.append(value))
    assert opened.shape == (4000,)
    assert array.store._store_dict == before
