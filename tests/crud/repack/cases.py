"""Arrays of every kind that a repack must keep exactly, and what must be equal afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numcodecs  # type: ignore[import-untyped]
import numpy as np

import zarr
from zarr.codecs import BloscCodec, BytesCodec, Crc32cCodec, GzipCodec, ZstdCodec
from zarr.crud._repack.trial import same_bits
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.store import Store

SHAPE: Final = (7, 5)
NAN: Final = np.array(0x7FC12345, "u4").view("f4")[()]
VALUES: Final = np.arange(1, 36, dtype="i4").reshape(SHAPE)
FIELDS: Final = np.dtype([("x", "<i2"), ("y", "<f4")])
STRUCTURED: Final = np.array([(n, n / 2) for n in range(35)], FIELDS).reshape(SHAPE)
TEXTS: Final = np.array([f"{n}ü" * (n % 4) for n in range(35)], object).reshape(SHAPE)

ARRAYS: Final[dict[str, dict[str, Any]]] = {
    "2": {"zarr_format": 2, "chunks": (3, 2), "dtype": "i4"},
    "2-raw": {"zarr_format": 2, "chunks": (3, 2), "dtype": "i4", "compressors": None},
    "2-big-F": {"zarr_format": 2, "chunks": (3, 2), "dtype": ">i4", "order": "F"},
    "2-slash": {
        "zarr_format": 2,
        "chunks": (3, 2),
        "dtype": "f4",
        "fill_value": float("nan"),
        "chunk_key_encoding": {"name": "v2", "separator": "/"},
    },
    "2-none": {"zarr_format": 2, "chunks": (3, 2), "dtype": "i4", "fill_value": None},
    "2-blosc": {
        "zarr_format": 2,
        "chunks": (3, 2),
        "dtype": "i2",
        "compressors": numcodecs.Blosc("lz4", 5, shuffle=-1),
    },
    "2-filters": {
        "zarr_format": 2,
        "chunks": (3, 2),
        "dtype": "<i4",
        "filters": [numcodecs.Delta("<i4"), numcodecs.Shuffle(4)],
        "compressors": numcodecs.Zlib(1),
    },
    "3": {"chunks": (3, 2), "dtype": "i4"},
    "3-raw": {"chunks": (3, 2), "dtype": "i4", "compressors": None},
    "3-big": {"chunks": (3, 2), "dtype": "i4", "serializer": BytesCodec(endian="big")},
    "3-nan": {"chunks": (3, 2), "dtype": "f4", "fill_value": NAN},
    "3-crc": {"chunks": (3, 2), "dtype": "i4", "compressors": [GzipCodec(), Crc32cCodec()]},
    "3-blosc": {"chunks": (3, 2), "dtype": "f8", "compressors": [BloscCodec()]},
    "3-shards": {"chunks": (3, 2), "shards": (6, 4), "dtype": "i4"},
    "3-shards-zstd": {
        "chunks": (1, 5),
        "shards": (7, 5),
        "dtype": "u1",
        "compressors": [ZstdCodec(level=1)],
    },
    "3-bool": {"chunks": (3, 2), "dtype": "bool"},
    "3-time": {"chunks": (3, 2), "dtype": "datetime64[s]"},
}


def make(name: str, store: Store, path: str = "a", *, sparse: bool = True) -> npt.NDArray[Any]:
    """Create an array of the cases, some of whose chunks are missing; return its elements."""
    array: Any = zarr.create_array(
        store, name=path, shape=SHAPE, attributes={"units": "m"}, **ARRAYS[name]
    )
    values = VALUES.astype(array.dtype)
    if sparse:
        array[:3, 2:] = values[:3, 2:]
        array[6] = values[6]
    else:
        array[...] = values
    # Another object: this one may have a NaN that its document does not spell.
    elements: Any = np.asarray(zarr.open_array(store, path=path)[...])
    found: npt.NDArray[Any] = elements
    return found


def assert_elements(store: Store, expected: npt.NDArray[Any], path: str = "a") -> Any:
    """Check that upstream reads the same elements, bit for bit; return the array."""
    array: Any = zarr.open_array(store, path=path, mode="r")
    found = array[...]
    assert found.shape == expected.shape
    assert same_bits(np.asarray(found), np.asarray(expected)), (found, expected)
    return array


def keys(store: MemoryStore) -> set[str]:
    """The keys of a store."""
    return set(store._store_dict)
