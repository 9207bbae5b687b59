"""Documents, selections and values that hypothesis draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from hypothesis import strategies as st

import _zarrs_bindings as zb
from tests.bindings.support import (
    BIG,
    CRC,
    GZIP,
    LITTLE,
    ZSTD,
    Axis,
    Bound,
    Bridge,
    blosc,
    document,
    files,
    sharding,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


DTYPES = ("bool", "int8", "uint16", "int32", "float16", "float32", "float64", "complex64", "int64")
COMPRESSORS: tuple[tuple[dict[str, Any], ...], ...] = (
    (),
    (ZSTD,),
    (GZIP,),
    (blosc(),),
    (CRC,),
    (ZSTD, CRC),
)


type Draw = Callable[[st.SearchStrategy[Any]], Any]


@st.composite
def documents(draw: st.DrawFn) -> str:
    rank = draw(st.integers(0, 4))
    extents = [0, 1, 2, 5, 7, 11] if rank < 3 else [0, 1, 2, 5]
    shape = tuple(draw(st.sampled_from(extents)) for _ in range(rank))
    inner = tuple(draw(st.integers(1, 4)) for _ in range(rank))
    chunks = inner
    codecs = (draw(st.sampled_from([LITTLE, BIG])), *draw(st.sampled_from(COMPRESSORS)))
    if draw(st.booleans()):
        order = draw(st.permutations(range(rank)))
        codecs = ({"name": "transpose", "configuration": {"order": order}}, *codecs)
    if draw(st.booleans()):
        chunks = tuple(extent * draw(st.integers(1, 3)) for extent in inner)
        codecs = (sharding(inner, *codecs, location=draw(st.sampled_from(["start", "end"]))),)
    keys = draw(st.sampled_from(["default", "v2"]))
    separator = draw(st.sampled_from(["/", "."]))
    encoding = {"name": keys, "configuration": {"separator": separator}}
    dtype = draw(st.sampled_from(DTYPES))
    fills: dict[str, list[object]] = {
        "b": [False, True],
        "f": [0.0, -0.0, "NaN", 1.0],
        "c": [[0.0, 0.0], [1.0, "NaN"]],
    }
    fill = draw(st.sampled_from(fills.get(np.dtype(dtype).kind, [0, 1])))
    return document(shape, chunks, dtype, fill, codecs, chunk_key_encoding=encoding)


def pick(draw: Draw, extent: int) -> tuple[Axis, int | slice]:
    """An axis of a selection, in our form and in NumPy's."""
    if extent and draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, extent - 1))
        return at, at
    chosen = draw(st.slices(extent))
    span = range(*chosen.indices(extent))
    return (span.start if len(span) else 0, span.step, len(span)), chosen


def values(draw: Draw, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Any:
    """Few distinct values, so that chunks of only the fill value occur."""
    seed = draw(st.integers(0, 1 << 30))
    made = np.random.default_rng(seed).integers(0, draw(st.integers(1, 3)), shape).astype(dtype)
    if draw(st.booleans()) and made.ndim:
        made = made[::-1]
    if draw(st.integers(0, 5)) == 0:
        made = np.broadcast_to(np.asarray(1, dtype), shape)
    return np.asarray(made)


def bits(array: Any) -> bytes:
    """The bytes of an array, which distinguish -0.0 from 0.0, and one NaN from another."""
    return np.ascontiguousarray(array).tobytes()


def bound(root: Path, text: str, options: zb.Options, kind: str) -> Bound:
    if kind == "files":
        return Bound(text, zb.FilesystemStore(str(root)), "a/b", options)
    return Bound(text, zb.PythonStore(FileBridge(files(root), root=root)), "a/b", options)


class FileBridge(Bridge):
    """A Python store whose values are also files, for upstream to read."""

    def __init__(self, values: dict[str, bytes], root: Path) -> None:
        super().__init__(values)
        self.root = root

    def set_many(self, items: list[tuple[str, bytes]]) -> None:
        super().set_many(items)
        for key, value in items:
            (self.root / key).parent.mkdir(parents=True, exist_ok=True)
            (self.root / key).write_bytes(value)

    def delete_many(self, keys: list[str]) -> None:
        super().delete_many(keys)
        for key in keys:
            (self.root / key).unlink(missing_ok=True)
