"""Arrays of strings and bytes of variable length, for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
import numcodecs  # type: ignore[import-untyped]
import numpy as np

import zarr
from zarr.codecs import BloscCodec, Crc32cCodec, GzipCodec, TransposeCodec, ZstdCodec
from zarr.codecs.numcodecs import LZ4
from zarr.core.dtype import VariableLengthBytes, VariableLengthUTF8
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt

    from zarr.abc.store import Store

WORDS = ["", "a", "aa", "Zürich", "日本語" * 30, "x\0y", "\U0001f600", " " * 300]
DTYPES: dict[str, Any] = {"text": VariableLengthUTF8(), "bytes": VariableLengthBytes()}
FILLS: dict[str, list[Any]] = {"text": ["", "a", "é"], "bytes": [b"", b"a", b"\xff"]}
COMPRESSORS: list[Any] = [
    [],
    [ZstdCodec(level=1)],
    [GzipCodec(level=1), Crc32cCodec()],
    [Crc32cCodec(), BloscCodec(cname="lz4", shuffle="shuffle", typesize=4)],
    [LZ4()],
]
COMPRESSORS_2: list[Any] = [
    None,
    numcodecs.Zstd(level=1),
    numcodecs.Blosc(cname="lz4", shuffle=numcodecs.Blosc.AUTOSHUFFLE),
    numcodecs.LZ4(),
    numcodecs.BZ2(level=1),
]


@st.composite
def arrays(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Draw an array of either format: the kind of its elements, and keywords of `create_array`."""
    kind = draw(st.sampled_from(list(DTYPES)))
    # Zarr's own codec cannot write bytes in an array of rank 0.
    rank = draw(st.integers(1 if kind == "bytes" else 0, 3))
    sizes = st.lists(st.integers(0, 7), min_size=rank, max_size=rank).map(tuple)
    extents = st.lists(st.integers(1, 4), min_size=rank, max_size=rank).map(tuple)
    keywords: dict[str, Any] = {"shape": draw(sizes), "chunks": draw(extents)}
    keywords |= {"dtype": DTYPES[kind], "fill_value": draw(st.sampled_from(FILLS[kind]))}
    if draw(st.booleans()):
        keywords |= {"zarr_format": 2, "order": draw(st.sampled_from("CF"))}
        return kind, keywords | {"compressors": draw(st.sampled_from(COMPRESSORS_2))}
    if rank and draw(st.booleans()):
        order = draw(st.permutations(range(rank)))
        keywords["filters"] = [TransposeCodec(order=tuple(order))]
    if draw(st.booleans()):
        keywords["shards"] = tuple(2 * extent for extent in keywords["chunks"])
    return kind, keywords | {"compressors": draw(st.sampled_from(COMPRESSORS))}


def values_of(kind: str, shape: tuple[int, ...], fill: Any, seed: int) -> npt.NDArray[Any]:
    """Values, half of them the fill value, so that chunks of nothing else occur."""
    rng = np.random.default_rng(seed)
    words: list[Any] = [*WORDS, *[fill] * len(WORDS)]
    if kind == "bytes":
        words = [word.encode() if isinstance(word, str) else word for word in words]
    # Runs of equal values, so that whole chunks hold only the fill value.
    picks = np.repeat(rng.integers(0, len(words), 1 + np.prod(shape, dtype=int)), 3)
    values = np.empty(shape, "O")
    for place, pick in zip(np.ndindex(shape), picks, strict=False):
        values[place] = words[pick]
    return values.astype(DTYPES[kind].to_native_dtype())


def make_store(kind: str, folder: Path) -> Store:
    """A fresh store."""
    if kind == "local":
        return LocalStore(folder / str(sum(1 for _ in folder.iterdir())))
    return MemoryStore() if kind == "memory" else AsyncOnlyStore()


def stored(store: Store) -> dict[str, bytes]:
    """The value of each key, except those of documents."""

    async def collect() -> dict[str, bytes]:
        prototype = zarr.core.buffer.default_buffer_prototype()
        found = {}
        async for key in store.list():
            value = await store.get(key, prototype)
            if value is not None and key.rsplit("/", 1)[-1] not in ("zarr.json", ".zarray"):
                found[key] = value.to_bytes()
        return found

    return zarr.core.sync.sync(collect())
