"""Plain reads: what is taken is what NumPy takes, and what is left was not touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.zarrs.bindings.support import (
    LITTLE,
    ZSTD,
    Bound,
    Bridge,
    document,
    local,
    ramp,
    sharding,
)

if TYPE_CHECKING:
    from pathlib import Path

FULL = ramp((7, 5))
CHAINS = {"raw": (LITTLE,), "zstd": (LITTLE, ZSTD), "shard": (sharding((3, 1), LITTLE, ZSTD),)}

TAKEN: list[Any] = [
    ...,
    (),
    3,
    -7,
    (6, -5),
    slice(None),
    slice(2, 900),
    slice(5, 2),
    (slice(1, 7, 4), 0),
    (..., 4),
    (slice(-3, None), ..., slice(0, 5, 2)),
    (..., slice(1, 3), slice(2)),
]

LEFT: list[Any] = [
    7,
    -8,
    (0, 5),
    (0, 0, 0),
    (..., 0, ...),
    True,
    None,
    1.0,
    "a",
    [0, 1],
    (np.array([0, 1]), 0),
    slice(None, None, -1),
    slice(None, None, 0),
    slice(0.5, None),
    2**70,
]


@pytest.fixture(params=CHAINS)
def ours(request: pytest.FixtureRequest, tmp_path: Path) -> Bound:
    chunks = (6, 2) if request.param == "shard" else (3, 2)
    bound = local(tmp_path, document(chunks=chunks, codecs=CHAINS[request.param]))
    bound.write_all(FULL)
    return bound


def reader(ours: Bound) -> zb.Reader:
    return zb.Reader(ours.text, ours.store, ours.path, np.dtype("i4"))


@pytest.mark.parametrize("selection", TAKEN, ids=repr)
def test_integers_slices_and_an_ellipsis_select_what_numpy_selects(
    ours: Bound, selection: Any
) -> None:
    """Catches axes that are kept or dropped wrongly, and slices that clip otherwise."""
    found = reader(ours).read_region(selection)
    np.testing.assert_array_equal(found, FULL[selection], strict=True)


@pytest.mark.parametrize("selection", LEFT, ids=repr)
def test_what_is_not_plain_or_does_not_fit_is_left(ours: Bound, selection: Any) -> None:
    """Catches a guess where others know better, and a read that is counted and not done."""
    before = zb.counters()
    assert reader(ours).read_region(selection) is None
    assert zb.counters() == before


def test_chunks_of_the_grid_are_read_and_all_else_is_left(ours: Bound) -> None:
    """Catches an index beyond the grid, and what is no index."""
    rows = 6 if "sharding" in ours.text else 3
    found = reader(ours).read_chunk((0, 1))
    np.testing.assert_array_equal(found, FULL[:rows, 2:4], strict=True)
    wrong: list[Any] = [(3, 0), (0, 3), (-1, 0), (0,), (0, 0, 0), [0, 0], (0.5, 0), 0, None]
    assert [reader(ours).read_chunk(index) for index in wrong] == [None] * len(wrong)


def test_errors_of_the_read_itself_are_raised() -> None:
    """Catches damage that is left to others, who would read the chunk once more."""
    store = zb.PythonStore(Bridge({"c/0/0": b"bad"}))
    broken = zb.Reader(document(), store, "", np.dtype("i4"))
    for read in (broken.read_region, broken.read_chunk):
        with pytest.raises(RuntimeError, match="c/0/0"):
            read((0, 0))


def test_a_reader_of_no_store_or_no_document_is_refused() -> None:
    """Catches a reader that crashes later."""
    with pytest.raises(TypeError, match="pass a FilesystemStore or a PythonStore"):
        zb.Reader(document(), object(), "", np.dtype("i4"))  # type: ignore[arg-type]
    broken = zb.Reader("{", zb.PythonStore(Bridge({})), "", np.dtype("i4"))
    with pytest.raises(RuntimeError, match="metadata"):
        broken.read_region(...)
