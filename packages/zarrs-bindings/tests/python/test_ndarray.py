"""NumPy arrays: those that the extension makes, and those that the caller passes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.support import Bound, document, files, local, ramp

if TYPE_CHECKING:
    from pathlib import Path


def test_arrays_that_do_not_fit_are_refused(tmp_path: Path) -> None:
    """Catches memory accessed beyond its end, and numbers that are used as object references."""
    ours = local(tmp_path, document(dtype="int64"))
    frozen = np.zeros((7, 5), "i8")
    frozen.flags.writeable = False
    wrong = [
        np.zeros((5, 7), "i8"),
        np.zeros((7, 5, 1), "i8"),
        np.zeros((7, 5), "i4"),
        np.zeros((7, 5), ">i8"),
        np.zeros((7, 5), "O"),
    ]
    for array in [*wrong, frozen]:
        with pytest.raises(RuntimeError, match=r"^value-shape: "):
            ours.read((0, 1, 7), (0, 1, 5), out=array)
    for array in wrong:
        with pytest.raises(RuntimeError, match=r"^value-shape: "):
            ours.write_all(array)
    text = document(dtype="r128", fill=[0] * 16)
    whole = ((0, 1, 7), (0, 1, 5))
    for dtype in (np.dtypes.StringDType(), np.dtype([("a", "O"), ("b", "i8")])):
        with pytest.raises(RuntimeError, match=r"^value-shape: "):
            zb.read_region(text, ours.store, whole, "", dtype, None, None)
    assert files(tmp_path) == {}


def test_results_are_owned_writable_and_contiguous(ours: Bound) -> None:
    """Catches results that alias a cache, or that the caller cannot change."""
    got = ours.read((1, 2, 3), (4, -1, 5))
    assert got.flags.owndata
    assert got.flags.writeable
    assert got.flags.c_contiguous
    got[...] = 0
    np.testing.assert_array_equal(ours.read_all(), ramp((7, 5)))


@pytest.mark.parametrize("size", [512, 1 << 13, 1 << 20])
def test_large_results_are_aligned_and_live_as_long_as_their_views(
    tmp_path: Path, size: int
) -> None:
    """Catches memory that is freed while a view is alive, or never."""
    ours = local(tmp_path, document((size,), (1000,)))
    ours.write_all(ramp((size,)))
    views = [ours.read_all()[1::2] for _ in range(10)]
    for view in views:
        assert (view.ctypes.data - view.itemsize) % 64 == 0
        np.testing.assert_array_equal(view, ramp((size,))[1::2])
        view[...] = 0
    np.testing.assert_array_equal(ours.read_all(), ramp((size,)))
