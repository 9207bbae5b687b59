"""Readers: reads of one array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bound, Bridge, document, ramp

FULL = ramp((7, 5))


def reader(ours: Bound) -> zb.Reader:
    return zb.Reader(ours.text, ours.store, ours.path, np.dtype("i4"))


def test_chunks_of_the_grid_are_read_and_all_else_is_left(ours: Bound) -> None:
    """Catches an index that is outside the grid, or invalid, and is accepted."""
    rows = 6 if "sharding" in ours.text else 3
    found = reader(ours).read_chunk((0, 1))
    np.testing.assert_array_equal(found, FULL[:rows, 2:4], strict=True)
    wrong: list[Any] = [(3, 0), (0, 3), (-1, 0), (0,), (0, 0, 0), [0, 0], (0.5, 0), 0, None]
    assert [reader(ours).read_chunk(index) for index in wrong] == [None] * len(wrong)


def test_errors_of_the_read_itself_are_raised() -> None:
    """Catches damage that is left to the slow path, which would read the chunk again."""
    store = zb.PythonStore(Bridge({"c/0/0": b"bad"}))
    broken = zb.Reader(document(), store, "", np.dtype("i4"))
    for read in (broken.read_region, broken.read_chunk):
        with pytest.raises(RuntimeError, match="c/0/0"):
            read((0, 0))


def test_a_reader_of_no_store_or_no_document_is_refused() -> None:
    """Catches a reader that is accepted and crashes later."""
    with pytest.raises(TypeError, match="a PythonStore or a RemoteStore"):
        zb.Reader(document(), object(), "", np.dtype("i4"))  # type: ignore[arg-type]
    broken = zb.Reader("{", zb.PythonStore(Bridge({})), "", np.dtype("i4"))
    with pytest.raises(RuntimeError, match="metadata"):
        broken.read_region(...)
