"""Sizes of codec inputs: an array is not created if a chunk may not suit a codec."""

from __future__ import annotations

from itertools import product
from typing import Any, Final

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.codecs import BytesCodec, ShardingCodec, ZstdCodec
from zarr.codecs import numcodecs as wrapped
from zarr.crud._encoding.encoded_sizes import Sizes, exactly, one_of, shards_of
from zarr.storage import MemoryStore

pytestmark = [
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
    pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed`"),
    pytest.mark.filterwarnings("ignore::zarr.errors.ZarrUserWarning"),
]

ENGINES: Final = ("reference", "zarrs")


def holds(sizes: Sizes, number: int) -> bool:
    """Whether a number is one of the sizes."""
    steps = number - sizes.remainder
    return steps == 0 if sizes.modulus == 0 else steps % sizes.modulus == 0


@pytest.mark.parametrize("numbers", [(6,), (6, 9), (4, 12, 20), (1, 2, 3, 7)])
def test_sizes_hold_every_number_and_are_divisible_when_all_are(numbers: tuple[int, ...]) -> None:
    """Catches a missing chunk size, or an overlooked common divisor."""
    sizes = one_of(numbers)
    made = {
        "themselves": (sizes, list(numbers)),
        "more": (sizes.plus(4), [number + 4 for number in numbers]),
        "products": (
            sizes.times(one_of((2, 10))),
            [number * other for number, other in product(numbers, (2, 10))],
        ),
        "wider": (sizes.times(exactly(3)), [number * 3 for number in numbers]),
        "bits": (sizes.regrouped(1, 8), [-(-number // 8) for number in numbers]),
    }
    for name, (found, expected) in made.items():
        assert all(holds(found, number) for number in expected), name
        assert found.largest == max(expected), name
        if name == "bits":
            continue
        for divisor in range(1, 25):
            divides = all(number % divisor == 0 for number in expected)
            assert found.all_divisible(divisor) == divides, (name, divisor)


def test_shards_lack_any_subchunks_but_one() -> None:
    """Catches a size of full shards that a shard of one subchunk does not have."""
    for subchunk, count, checksums in product((5, 8, 12), (1, 2, 6), (0, 1)):
        sizes = shards_of(exactly(subchunk), exactly(count), checksums)
        expected = [k * subchunk + 16 * count + 4 * checksums for k in range(1, count + 1)]
        assert all(holds(sizes, number) for number in expected)
        assert sizes.largest == expected[-1]
        for divisor in range(1, 25):
            divides = all(number % divisor == 0 for number in expected)
            assert sizes.all_divisible(divisor) == divides, (subchunk, count, checksums, divisor)


def sharded(width: int, inner: int, count: int, *codecs: Any) -> dict[str, Any]:
    """Keyword arguments for an array of one shard with shuffled bytes."""
    shards = ShardingCodec(chunk_shape=(inner,), codecs=[BytesCodec(), *codecs])
    shuffle = wrapped.Shuffle(elementsize=width)
    return {"shape": (inner * count,), "serializer": shards, "compressors": [shuffle]}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("inner", [1, 2, 3])
@pytest.mark.parametrize("width", [1, 2, 4, 6, 8, 12])
def test_shards_are_shuffled_where_every_shard_can_be(width: int, inner: int, engine: str) -> None:
    """Catches an error only at the first shard with a missing subchunk."""
    keywords = sharded(width, inner, 3) | {"chunks": (inner * 3,), "dtype": "i4", "fill_value": 0}
    works = []
    for marks in product((0, 1), repeat=3):
        array = zarr.create_array(MemoryStore(), **keywords)
        try:
            array[...] = np.repeat(marks, inner)
        except ValueError:
            works.append(False)
        else:
            works.append(True)
    if all(works):
        array = zarr.create_array(MemoryStore(), engine=engine, **keywords)
        values = np.repeat((0, 1, 0), inner).astype("i4")
        array[...] = values
        np.testing.assert_array_equal(zarr.open_array(array.store)[...], values)
    else:
        with pytest.raises(crud.UnsupportedError, match="'shuffle' cannot encode every chunk"):
            zarr.create_array(MemoryStore(), engine=engine, **keywords)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("edges", "width", "is_served"),
    [
        (([2, 3, 2], [4]), 4, True),
        (([2, 3, 2], [4]), 16, True),
        (([2, 3, 2], [4]), 32, False),
        (([2, 4, 1], [3, 1]), 4, True),
        (([2, 4, 1], [3, 1]), 8, False),
        (([2, 4, 2], [3, 1]), 8, True),
    ],
)
def test_rectilinear_chunks_are_shuffled_where_all_can_be(
    edges: Any, width: int, is_served: bool, engine: str
) -> None:
    """Catches a check of the largest chunk only."""
    with zarr.config.set({"array.rectilinear_chunks": True}):
        keywords: dict[str, Any] = {
            "shape": tuple(sum(axis) for axis in edges),
            "chunks": edges,
            "dtype": "i4",
            "compressors": [wrapped.Shuffle(elementsize=width)],
        }
        if not is_served:
            native: Any = zarr.create_array(MemoryStore(), **keywords)
            with pytest.raises(ValueError, match="elementsize"):
                native[...] = 1
            with pytest.raises(crud.UnsupportedError, match="'shuffle' cannot encode every chunk"):
                zarr.create_array(MemoryStore(), engine=engine, **keywords)
            return
        array: Any = zarr.create_array(MemoryStore(), engine=engine, **keywords)
        array[...] = 1
        found: Any = zarr.open_array(array.store)[...]
        assert (found == 1).all()


SHUFFLED: Final[dict[str, dict[str, Any]]] = {
    "of a compressor": {"compressors": [ZstdCodec(), wrapped.Shuffle(elementsize=4)]},
    "of a checksum of a compressor": {
        "compressors": [ZstdCodec(), wrapped.CRC32(), wrapped.Shuffle(elementsize=2)]
    },
    "of compressed subchunks": sharded(4, 1, 3, ZstdCodec()),
    "of text": {"dtype": "T", "fill_value": "", "compressors": [wrapped.Shuffle(elementsize=2)]},
    "format 2": {
        "filters": [numcodecs.Zlib()],
        "compressors": numcodecs.Shuffle(4),
        "zarr_format": 2,
    },
    "format 2, text": {
        "dtype": "T",
        "fill_value": "",
        "compressors": numcodecs.Shuffle(2),
        "zarr_format": 2,
    },
}


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", list(SHUFFLED))
def test_what_only_the_data_tell_is_not_cut_into_words(name: str, engine: str) -> None:
    """Catches an array of which some chunks are written, and the next one is an error."""
    usual: dict[str, Any] = {"shape": (3,), "dtype": "i4", "compressors": None}
    keywords = usual | SHUFFLED[name]
    keywords["chunks"] = keywords["shape"]
    store = MemoryStore()
    with pytest.raises(crud.UnsupportedError, match=r"'shuffle' .* depends on the chunk"):
        zarr.create_array(store, engine=engine, **keywords)
    assert not store._store_dict
    array: Any = zarr.create_array(store, **keywords)
    assert array.with_engine(engine)[...].shape == (3,)


@pytest.mark.parametrize("engine", ENGINES)
def test_filters_of_compressed_bytes_take_whole_elements(engine: str) -> None:
    """Catches a filter of four-byte elements after a compressor, whose output may have any size."""
    for width, is_served in (("|u1", True), ("<i4", False)):
        keywords: dict[str, Any] = {
            "shape": (9,),
            "chunks": (9,),
            "dtype": "i4",
            "filters": [numcodecs.Zlib(), numcodecs.Delta(width)],
            "compressors": None,
            "zarr_format": 2,
        }
        if not is_served:
            with pytest.raises(crud.UnsupportedError, match="'delta' cannot encode every chunk"):
                zarr.create_array(MemoryStore(), engine=engine, **keywords)
            continue
        array: Any = zarr.create_array(MemoryStore(), engine=engine, **keywords)
        array[...] = np.arange(9)
        np.testing.assert_array_equal(zarr.open_array(array.store)[...], np.arange(9))
    base64: Any = keywords | {
        "filters": [numcodecs.Base64()],
        "compressors": numcodecs.Shuffle(4),
    }
    assert zarr.create_array(MemoryStore(), engine=engine, **base64).engine == engine
