"""Hypothesis strategies: arrays in every layout that the engines serve, and their parts."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

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
from zarr.codecs.numcodecs import LZ4, LZMA, Adler32, Delta, GZip, Shuffle
from zarr.crud.testing._format2 import format2_layouts
from zarr.crud.testing._layout import Layout, fill_values, is_of_numpy, shapes

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

with suppress(ImportError):
    import ml_dtypes

    DTYPES += map(np.dtype, (ml_dtypes.bfloat16, ml_dtypes.float8_e4m3fn, ml_dtypes.float8_e5m2))
    DTYPES += map(np.dtype, (ml_dtypes.float6_e2m3fn, ml_dtypes.int4, ml_dtypes.uint2))


def layouts() -> st.SearchStrategy[Layout]:
    """Draw an array of any format, of rank 0 to 4, with ragged edges and zero-length axes."""
    return st.one_of(format3_layouts(), format3_layouts(), format2_layouts())


@st.composite
def format3_layouts(draw: st.DrawFn) -> Layout:
    """Draw an array of format 3, with or without shards."""
    shape, chunks = draw(shapes())
    rank = len(shape)
    dtype = draw(st.sampled_from(DTYPES))
    keywords: dict[str, Any] = {
        "fill_value": draw(fill_values(dtype)),
        "compressors": draw(compressor_chains()),
        "filters": draw(array_codecs(dtype, rank)),
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


def compressor_chains() -> st.SearchStrategy[list[Any]]:
    """Draw bytes-to-bytes codecs: none, one, or one with a checksum before or after it."""
    codec = st.sampled_from(
        [
            ZstdCodec(level=1),
            ZstdCodec(level=3, checksum=True),
            GzipCodec(level=1),
            BloscCodec(cname="lz4", shuffle="bitshuffle"),
            BloscCodec(cname="zstd", shuffle="noshuffle"),
            GZip(level=1),
            LZ4(),
            LZMA(preset=0),
        ]
    )
    checksum = st.sampled_from([Crc32cCodec(), Adler32(location="end")])
    return st.one_of(
        st.just([]),
        codec.map(lambda one: [one]),
        st.tuples(codec, checksum).map(list),
        st.tuples(checksum, codec).map(list),
        checksum.map(lambda one: [one]),
        st.just([Shuffle(elementsize=1), ZstdCodec(level=1)]),
    )


def array_codecs(dtype: np.dtype[Any], rank: int) -> st.SearchStrategy[list[Any]]:
    """Draw array-to-array codecs: none, a transpose, or differences of integers."""
    chains: list[st.SearchStrategy[list[Any]]] = [st.just([])]
    if rank:
        orders = st.permutations(range(rank))
        chains.append(orders.map(lambda order: [TransposeCodec(order=tuple(order))]))
    if dtype.kind in "iu":
        chains.append(st.just([Delta(dtype=dtype.str)]))
    return st.one_of(chains)


def serializer(dtype: np.dtype[Any], endian: Any) -> BytesCodec:
    """The bytes codec, with a byte order if elements have one."""
    is_bytes = dtype.kind in "SVb" and dtype.names is None and is_of_numpy(dtype)
    one_byte = is_bytes or dtype.itemsize == 1
    return BytesCodec(endian=None if one_byte else endian)


def some_values(
    dtype: np.dtype[Any], shape: tuple[int, ...], seed: int, fill: Any
) -> npt.NDArray[Any]:
    """Make values of any bit pattern that the data type holds.

    A third of them are the fill value; others compare equal to it but have other bits.
    """
    rng = np.random.default_rng(seed)
    if dtype.kind == "U":
        values = rng.choice(np.array(["", "a", "Zürich", "日本語"], dtype=dtype), size=shape)
    elif dtype.names:
        values = np.zeros(shape, dtype)
        for place, name in enumerate(dtype.names):
            part = np.asarray(fill, dtype=dtype)[name]
            values[name] = some_values(dtype[name], shape, seed + place, part)
    elif dtype.kind == "b":
        values = rng.integers(0, 2, size=shape).astype(bool)
    else:
        values = rng.integers(0, 256, size=(*shape, dtype.itemsize), dtype="u1")
        values = np.ascontiguousarray(values).view(dtype)[..., 0]
        if dtype.kind == "S":
            # Bytes after a NUL are not part of a null-terminated value.
            values = np.array(values.tolist(), dtype)
    values = np.asarray(values).reshape(shape)
    fills = np.full(shape, np.asarray(fill, dtype=dtype), dtype)
    chosen = rng.random(size=shape)
    if dtype.kind in "fc" and is_of_numpy(dtype):
        values = np.where(chosen > 5 / 6, alike(fills), values)
    return np.where(chosen < 1 / 3, fills, values).astype(dtype)


def alike(fills: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Return numbers that compare equal to the given ones but have other bits: NaNs and zeros."""
    width = fills.dtype.itemsize // (2 if fills.dtype.kind == "c" else 1)
    order = fills.dtype.byteorder
    parts = np.ascontiguousarray(fills).reshape(-1).view(f"{order}f{width}")
    bits = parts.view(f"{order}u{width}")
    sign = np.array(1 << (8 * width - 1), bits.dtype)
    other = np.where(np.isnan(parts), bits ^ sign ^ 1, np.where(parts == 0, bits ^ sign, bits))
    return other.astype(bits.dtype).view(fills.dtype).reshape(fills.shape)
