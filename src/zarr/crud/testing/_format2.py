"""Hypothesis strategies: arrays of format 2, their filters and compressors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numcodecs  # type: ignore[import-untyped]
import numpy as np

from zarr.crud.testing._layout import Layout, fill_values, shapes

if TYPE_CHECKING:
    from zarr.abc.numcodec import Numcodec

DTYPES = [
    np.dtype(name)
    for name in (
        "bool", "i1", "<u2", ">i4", "<i8", ">u8", ">f2", "<f4", ">f8", "<c8", ">c16",
        "S5", "<U3", ">U2", "V6", "<M8[ns]", ">m8[10s]",
    )
] + [np.dtype([("a", ">i2"), ("b", "<f8"), ("c", "S3")])]  # fmt: skip

# Without options that only affect speed. LZMA stands for the codecs that only Python has.
COMPRESSORS: list[Numcodec | None] = [
    None,
    numcodecs.Blosc(cname="lz4", shuffle=numcodecs.Blosc.AUTOSHUFFLE),
    numcodecs.Blosc(cname="zstd", shuffle=numcodecs.Blosc.BITSHUFFLE),
    numcodecs.Zstd(level=1, checksum=True),
    numcodecs.LZ4(),
    numcodecs.GZip(level=1),
    numcodecs.Zlib(level=1),
    numcodecs.BZ2(level=1),
    numcodecs.LZMA(preset=0),
]


@st.composite
def format2_layouts(draw: st.DrawFn) -> Layout:
    """Draw an array of format 2, in either memory order and byte order, with or without filters."""
    shape, chunks = draw(shapes())
    dtype = draw(st.sampled_from(DTYPES))
    keywords: dict[str, Any] = {
        "zarr_format": 2,
        "fill_value": draw(fill_values(dtype)),
        "order": draw(st.sampled_from("CF")),
        "compressors": draw(st.sampled_from(COMPRESSORS)),
        "filters": draw(filters(dtype)),
        "chunk_key_encoding": {"name": "v2", "separator": draw(st.sampled_from("./"))},
    }
    return Layout(shape, chunks, dtype, keywords)


def filters(dtype: np.dtype[Any]) -> st.SearchStrategy[list[Numcodec]]:
    """Draw filters that lose nothing: of elements first, then of bytes."""
    typed: list[list[Numcodec]] = [[]]
    if dtype.kind in "iu":
        typed.append([numcodecs.Delta(dtype=dtype.str)])
    if dtype.kind == "b":
        typed.append([numcodecs.PackBits()])
    blind: list[list[Numcodec]] = [
        [],
        [numcodecs.Shuffle(elementsize=1)],
        [numcodecs.CRC32()],
        [numcodecs.Adler32(), numcodecs.CRC32(location="end")],
        [numcodecs.Fletcher32()],
    ]
    if dtype.kind != "b" and dtype.itemsize > 1:
        blind.append([numcodecs.Shuffle(elementsize=dtype.itemsize)])
    pair = st.tuples(st.sampled_from(typed), st.sampled_from(blind))
    return pair.map(lambda two: two[0] + two[1])
