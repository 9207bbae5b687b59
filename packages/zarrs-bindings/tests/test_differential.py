"""All of it together: random arrays, selections, codecs and stores, against NumPy and upstream."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import _zarrs_bindings as zb
from tests.bindings.drawn import bits, bound, documents, pick, values
from tests.bindings.support import everything, files, upstream


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
    """Catches a chunk that is wrongly stored or omitted, and bytes that differ from upstream's."""
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
