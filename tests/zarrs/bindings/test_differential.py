"""Everything at once: random arrays, selections, codecs and stores, against NumPy and upstream."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import _zarrs_bindings as zb
from tests.zarrs.bindings.support import (
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
    everything,
    files,
    sharding,
    upstream,
)

if TYPE_CHECKING:
    from collections.abc import Callable

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
    """An axis of a selection, for us and for NumPy."""
    if extent and draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, extent - 1))
        return at, at
    chosen = draw(st.slices(extent))
    span = range(*chosen.indices(extent))
    return (span.start if len(span) else 0, span.step, len(span)), chosen


def values(draw: Draw, dtype: np.dtype[Any], shape: tuple[int, ...]) -> Any:
    """Few values, so that chunks of nothing but the fill value occur."""
    seed = draw(st.integers(0, 1 << 30))
    made = np.random.default_rng(seed).integers(0, draw(st.integers(1, 3)), shape).astype(dtype)
    if draw(st.booleans()) and made.ndim:
        made = made[::-1]
    if draw(st.integers(0, 5)) == 0:
        made = np.broadcast_to(np.asarray(1, dtype), shape)
    return np.asarray(made)


def bits(array: Any) -> bytes:
    """The bytes of an array: they tell -0.0 from 0.0, and NaN from NaN."""
    return np.ascontiguousarray(array).tobytes()


def bound(root: Path, text: str, options: zb.Options, kind: str) -> Bound:
    if kind == "files":
        return Bound(text, zb.FilesystemStore(str(root)), "a/b", options)
    return Bound(text, zb.PythonStore(FileBridge(files(root), root=root)), "a/b", options)


class FileBridge(Bridge):
    """A Python store whose values are also files, where upstream finds them."""

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


@pytest.mark.parametrize("kind", ["files", "bridge"])
@settings(max_examples=60, deadline=None)
@given(text=documents(), data=st.data())
def test_reads_and_writes_agree_with_numpy_and_upstream(
    text: str, data: st.DataObject, kind: str
) -> None:
    """Catches any wrong element, lost neighbour, misplaced chunk, or misread stored byte."""
    draw = data.draw
    assert zb.supports(text) is None
    empty = draw(st.booleans())
    options = zb.Options(write_empty_chunks=empty, concurrency=draw(st.sampled_from([None, 1, 2])))
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        theirs = upstream(root, text, "a/b").with_config({"write_empty_chunks": empty})
        expected = np.full(theirs.shape, theirs.fill_value, theirs.dtype)
        for _ in range(3):
            ours = bound(root, text, options, kind)
            axes = [pick(draw, n) for n in theirs.shape]
            selection = tuple(axis for axis, _ in axes)
            place = tuple(chosen for _, chosen in axes)
            value = values(draw, expected.dtype, np.asarray(expected[place]).shape)
            expected[place] = value
            if draw(st.booleans()):
                ours.write(value, *selection)
            else:
                theirs[...] = expected
                ours = bound(root, text, options, kind)
            got = ours.read(*selection)
            assert bits(got) == bits(expected[place])
            assert bits(theirs[...]) == bits(expected)
            out = np.empty(got.shape[::-1], got.dtype).T
            assert ours.read(*selection, out=out) is out
            assert bits(out) == bits(got)


@settings(max_examples=60, deadline=None)
@given(text=documents(), data=st.data())
def test_the_same_chunks_are_stored_as_by_upstream(text: str, data: st.DataObject) -> None:
    """Catches a chunk that is kept or left out against the rule, and bytes unlike upstream's."""
    draw = data.draw
    empty = draw(st.booleans())
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        theirs = upstream(Path(first), text).with_config({"write_empty_chunks": empty})
        value = values(draw, theirs.dtype, theirs.shape)
        if draw(st.booleans()):
            value = np.where(value == 1, value, theirs.fill_value).astype(theirs.dtype)
        theirs[...] = value
        options = zb.Options(write_empty_chunks=empty)
        store = zb.FilesystemStore(second)
        zb.write_region(text, store, everything(theirs.shape), value, "", options)
        stored, expected = files(Path(second)), files(Path(first))
        if 0 in theirs.shape:
            assert stored == {}
            return
        assert stored.keys() == expected.keys()
        if not any(name in text for name in ("zstd", "gzip", "blosc")):
            assert stored == expected, json.loads(text)["codecs"]
