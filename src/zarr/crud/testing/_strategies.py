"""Hypothesis strategies: arrays in every layout that the engines serve, and parts of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import hypothesis.strategies as st
import numpy as np

from zarr.codecs import (
    BloscCodec,
    BytesCodec,
    Crc32cCodec,
    GzipCodec,
    TransposeCodec,
    ZstdCodec,
)

if TYPE_CHECKING:
    import numpy.typing as npt

STRUCT = np.dtype([("a", "<i2"), ("b", "<f8"), ("c", "S3")])

DTYPES = [
    np.dtype(name)
    for name in (
        "bool", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16",
        "S5", "U3", "V6", "M8[ns]", "m8[10s]",
    )
] + [STRUCT]  # fmt: skip

# Fill values where a comparison by value and one by bits differ.
AWKWARD_FILLS: dict[str, list[Any]] = {
    "f": [0.0, -0.0, np.nan, -np.inf, 1.5],
    "c": [0j, complex(-0.0, 0.0), complex(np.nan, 1), 1 + 2j],
}


class Layout(NamedTuple):
    """Keywords of `zarr.create_array` but for the store, and the array's data type."""

    shape: tuple[int, ...]
    chunks: tuple[int, ...]
    dtype: np.dtype[Any]
    keywords: dict[str, Any]


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Draw an array of rank 0 to 4 with ragged edges, zero-length axes, shards and codecs."""
    rank = draw(st.integers(0, 4))
    shape = tuple(draw(st.lists(st.integers(0, 7), min_size=rank, max_size=rank)))
    chunks = tuple(draw(st.lists(st.integers(1, 4), min_size=rank, max_size=rank)))
    dtype = draw(st.sampled_from(DTYPES))
    keywords: dict[str, Any] = {
        "fill_value": draw(fill_values(dtype)),
        "compressors": draw(compressor_chains()),
        "filters": draw(transposes(rank)),
        "serializer": serializer(dtype, draw(st.sampled_from(["little", "big"]))),
        "chunk_key_encoding": {
            "name": draw(st.sampled_from(["default", "v2"])),
            "separator": draw(st.sampled_from([".", "/"])),
        },
    }
    if draw(st.booleans()):
        per_shard = draw(st.lists(st.integers(1, 3), min_size=rank, max_size=rank))
        shards = tuple(n * c for n, c in zip(per_shard, chunks, strict=True))
        location = draw(st.sampled_from(["start", "end"]))
        keywords["shards"] = {"shape": shards, "index_location": location}
    return Layout(shape, chunks, dtype, keywords)


def fill_values(dtype: np.dtype[Any]) -> st.SearchStrategy[Any]:
    """Draw a fill value, `None` for the data type's default."""
    awkward = AWKWARD_FILLS.get(dtype.kind, [])
    if dtype.kind in "iu":
        awkward = [np.iinfo(dtype).min, np.iinfo(dtype).max, 1]
    if dtype.kind == "b":
        awkward = [True]
    return st.sampled_from([None, *awkward])


def compressor_chains() -> st.SearchStrategy[list[Any]]:
    """Draw bytes-to-bytes codecs: none, one, or one with a checksum before or after it."""
    codec = st.sampled_from(
        [
            ZstdCodec(level=1),
            ZstdCodec(level=3, checksum=True),
            GzipCodec(level=1),
            BloscCodec(cname="lz4", shuffle="bitshuffle"),
            BloscCodec(cname="zstd", shuffle="noshuffle"),
        ]
    )
    checksum = st.just(Crc32cCodec())
    return st.one_of(
        st.just([]),
        codec.map(lambda one: [one]),
        st.tuples(codec, checksum).map(list),
        st.tuples(checksum, codec).map(list),
        checksum.map(lambda one: [one]),
    )


def transposes(rank: int) -> st.SearchStrategy[list[Any]]:
    """Draw array-to-array codecs: none, or a transpose."""
    orders = st.permutations(range(rank)).map(lambda order: [TransposeCodec(order=tuple(order))])
    return st.one_of(st.just([]), orders) if rank else st.just([])


def serializer(dtype: np.dtype[Any], endian: Any) -> BytesCodec:
    """The bytes codec with a byte order, where elements have one."""
    one_byte = (dtype.kind in "SVb" and dtype.names is None) or dtype.itemsize == 1
    return BytesCodec(endian=None if one_byte else endian)


def some_values(
    dtype: np.dtype[Any], shape: tuple[int, ...], seed: int, fill: Any
) -> npt.NDArray[Any]:
    """Make values of any bit pattern that the type holds, a third of them the fill value."""
    rng = np.random.default_rng(seed)
    if dtype.kind == "U":
        values = rng.choice(np.array(["", "a", "Zürich", "日本語"], dtype=dtype), size=shape)
    elif dtype.kind == "b":
        values = rng.integers(0, 2, size=shape).astype(bool)
    else:
        values = rng.integers(0, 256, size=(*shape, dtype.itemsize), dtype="u1")
        values = np.ascontiguousarray(values).view(dtype)[..., 0]
        if dtype.kind == "S" or dtype.names:
            # Bytes after a NUL are not part of a null-terminated value.
            values = np.zeros(shape, dtype) if dtype.names else values.astype(dtype)
    values = np.asarray(values).reshape(shape)
    is_fill = rng.random(size=shape) < 1 / 3
    return np.where(is_fill, np.asarray(fill, dtype=dtype), values).astype(dtype)
