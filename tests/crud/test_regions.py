"""Regions by element: results, values, options and refusals."""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from tests.patience import in_thread, join
from zarr import crud
from zarr.crud.testing import CountingStore, assert_same
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.abc.store import Store

DOCUMENT = document_members()
VALUES = np.arange(35, dtype="i2").reshape(7, 5)


@pytest.fixture
def filled(store: Store) -> Store:
    """A store that contains the values."""
    crud.write_region(DOCUMENT, store, ..., VALUES, engine="reference", detached=True)
    return store


def test_a_result_belongs_to_the_caller(engine: str, filled: Store) -> None:
    """Catches a result that is read-only, not contiguous, or a view of the store or a cache."""
    found = crud.read_region(DOCUMENT, filled, (slice(0, 3), slice(0, 2)), engine=engine)
    assert isinstance(found, np.ndarray)
    assert found.flags.c_contiguous
    assert found.flags.writeable
    found[...] = -1
    assert_same(crud.read_region(DOCUMENT, filled, engine=engine), VALUES)


def test_dropping_every_axis_gives_a_scalar(engine: str, filled: Store) -> None:
    """Catches an array of rank 0 instead of a scalar, or a result other than the given `out`."""
    found = crud.read_region(DOCUMENT, filled, (2, -1), engine=engine)
    assert isinstance(found, np.int16)
    assert found == 14
    out = np.zeros((), dtype="i2")
    assert crud.read_region(DOCUMENT, filled, (2, -1), out=out, engine=engine) is out
    assert out == 14


def test_an_array_of_rank_0_has_one_element(engine: str, store: Store) -> None:
    """Catches an error for an array of rank 0, which has no axes, one chunk and one element."""
    document = zarr.create_array(store, shape=(), dtype="f4", fill_value=1.5).metadata
    assert crud.read_region(document, store, engine=engine) == 1.5
    crud.write_region(document, store, (), 2.5, engine=engine)
    assert crud.read_region(document, store, ..., engine=engine) == 2.5
    assert_same(crud.read_chunk(document, store, (), engine=engine), np.array(2.5, "f4"))


def test_an_empty_selection_asks_nothing_of_the_store(engine: str) -> None:
    """Catches a request for an empty selection, or a result of the wrong shape."""
    store = CountingStore()
    found = crud.read_region(DOCUMENT, store, (slice(3, 3), slice(None)), engine=engine)
    assert_same(found, np.empty((0, 5), "i2"))
    crud.write_region(DOCUMENT, store, (slice(3, 3), slice(None)), 1, engine=engine)
    assert store.calls == []


def test_a_covered_edge_chunk_is_not_read_before_it_is_written(engine: str) -> None:
    """Catches a needless read of an edge chunk, of which only the part inside the array counts."""
    store = CountingStore()
    crud.write_region(DOCUMENT, store, (slice(6, 7), slice(4, 5)), 1, engine=engine, detached=True)
    assert store.calls == [("set", "c/2/2")]


def test_a_chunk_covered_in_part_keeps_the_rest(engine: str, filled: Store) -> None:
    """Catches other elements of a partly written chunk that are lost."""
    expected = VALUES.copy()
    expected[1:6:2, 1:4] = -5
    crud.write_region(
        DOCUMENT, filled, (slice(1, 6, 2), slice(1, 4)), -5, engine=engine, detached=True
    )
    assert_same(crud.read_region(DOCUMENT, filled, engine=engine), expected)


@pytest.mark.parametrize(
    "value",
    [5, [1, 2, 3, 4, 5], np.arange(5, dtype="f8"), np.arange(7)[:, None], np.ones((1, 7, 5))],
    ids=["scalar", "list", "other type", "column", "leading axis"],
)
def test_values_are_broadcast_as_numpy_does(engine: str, store: Store, value: Any) -> None:
    """Catches a value that is not broadcast to rows or columns, or not cast to the array's type."""
    expected = np.zeros((7, 5), "i2")
    expected[...] = value
    crud.write_region(DOCUMENT, store, ..., value, engine=engine, detached=True)
    assert_same(crud.read_region(DOCUMENT, store, engine=engine), expected)


@pytest.mark.parametrize("leading", [1, 2])
def test_a_matrix_is_written_as_the_array_that_it_is(
    engine: str, store: Store, leading: int
) -> None:
    """Catches an endless loop: items of a matrix keep all axes, so none can be dropped."""
    matrix = np.arange(5, dtype="i2").view(np.matrix)
    selection = (slice(3, 3 + leading), slice(None)) if leading > 1 else 3
    crud.write_region(DOCUMENT, store, selection, matrix, engine=engine, detached=True)
    found = crud.read_region(DOCUMENT, store, 3, engine=engine)
    assert_same(found, np.arange(5, dtype="i2"))


@pytest.mark.parametrize("shape", [(7, 4), (5, 7), (8, 5), (7, 5, 1), (2,), (0,)])
def test_a_value_that_does_not_fit_is_refused(
    engine: str, filled: Store, shape: tuple[int, ...]
) -> None:
    """Catches a value that is cropped or repeated, or a refusal after something was written."""
    with pytest.raises(crud.ValueShapeError, match="does not broadcast"):
        crud.write_region(DOCUMENT, filled, ..., np.zeros(shape), engine=engine)
    assert_same(crud.read_region(DOCUMENT, filled, engine=engine), VALUES)


def test_a_scalar_that_the_type_cannot_hold_is_refused(engine: str, filled: Store) -> None:
    """Catches Python numbers that wrap around."""
    with pytest.raises(OverflowError):
        crud.write_region(DOCUMENT, filled, ..., 40_000, engine=engine)
    assert_same(crud.read_region(DOCUMENT, filled, engine=engine), VALUES)


@pytest.mark.parametrize(
    "out",
    [
        np.zeros((7, 5), "i2"),
        np.zeros((7, 5), "i2", order="F"),
        np.zeros((14, 15), "i2")[::2, ::-3],
        np.zeros((5, 7), "i2").T,
        np.zeros((7, 5, 2), "i2")[..., 1],
    ],
    ids=["C", "F", "strided", "transposed", "interleaved"],
)
def test_out_may_have_any_strides(engine: str, filled: Store, out: npt.NDArray[Any]) -> None:
    """Catches an `out` with strides that is not filled in place."""
    out[...] = 0
    assert crud.read_region(DOCUMENT, filled, out=out, engine=engine) is out
    assert_same(out, VALUES)


def read_only(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """A read-only view of the array."""
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    "out",
    [np.zeros((7, 4), "i2"), np.zeros((7, 5), "i4"), np.zeros(35, "i2"), [0],
     np.zeros((7, 5), ">i2"), read_only(np.zeros((7, 5), "i2"))],
)  # fmt: skip
def test_an_out_that_does_not_fit_is_refused(engine: str, filled: Store, out: Any) -> None:
    """Catches an `out` of a wrong shape, type or byte order, or one that cannot be written to."""
    with pytest.raises(crud.ValueShapeError):
        crud.read_region(DOCUMENT, filled, out=out, engine=engine)


def test_the_budget_is_checked_before_anything_is_allocated(engine: str, store: Store) -> None:
    """Catches a crash for a result or a chunk of petabytes, which must be an error."""
    huge = document_members(
        shape=[2**40, 2**20],
        chunk_grid={"name": "regular", "configuration": {"chunk_shape": [2**30, 2**20]}},
    )
    with pytest.raises(crud.DecodedSizeError, match="the result takes"):
        crud.read_region(huge, store, engine=engine)
    with pytest.raises(crud.DecodedSizeError, match="one chunk takes"):
        crud.read_region(huge, store, (0, 0), engine=engine)
    with pytest.raises(crud.DecodedSizeError, match="one chunk takes"):
        crud.read_chunk(huge, store, (0, 0), engine=engine)
    with pytest.raises(crud.DecodedSizeError, match="one chunk takes"):
        crud.write_region(huge, store, (0, 0), 1, engine=engine)
    small = crud.Options(decoded_size_budget=69)
    with pytest.raises(crud.DecodedSizeError, match="above the budget of 69 bytes"):
        crud.read_region(DOCUMENT, store, engine=engine, options=small)
    crud.read_region(DOCUMENT, store, 0, engine=engine, options=small, detached=True)


def test_any_number_of_threads_gives_the_same_answer(engine: str, filled: Store) -> None:
    """Catches a `concurrency` that changes a result."""
    for concurrency in (1, 2, 7):
        options = crud.Options(concurrency=concurrency)
        found = crud.read_region(DOCUMENT, filled, engine=engine, options=options)
        assert_same(found, VALUES)
        crud.write_region(
            DOCUMENT, filled, ..., VALUES, engine=engine, options=options, detached=True
        )


def test_threads_writing_parts_of_one_chunk_keep_every_element(engine: str, store: Store) -> None:
    """Catches most elements lost by reads, changes and writes of one chunk without a lock."""
    document = document_members(
        shape=[160], chunk_grid={"name": "regular", "configuration": {"chunk_shape": [160]}}
    )
    start = threading.Barrier(8)

    def write(first: int) -> None:
        start.wait()
        for i in range(first, 160, 8):
            crud.write_region(document, store, i, i + 1, engine=engine, detached=True)

    join(*[in_thread(partial(write, first)) for first in range(8)])
    found = crud.read_region(document, store, engine=engine)
    assert np.array_equal(found, np.arange(1, 161))


class Mirroring(MemoryStore):
    """A store that copies each chunk, the last first, to another store through `zarr.crud`."""

    def __init__(self, engine: str) -> None:
        super().__init__()
        self.engine = engine
        self.copy = MemoryStore()

    def set_sync(self, key: str, value: Any) -> None:
        super().set_sync(key, value)
        index = 199 - int(key.split("/")[1])
        crud.write_region(
            LINE, self.copy, slice(2 * index, 2 * index + 1), 1, engine=self.engine, detached=True
        )


LINE = document_members(
    shape=[400], chunk_grid={"name": "regular", "configuration": {"chunk_shape": [2]}}
)


def test_a_store_that_writes_through_the_same_functions_does_not_wait_for_itself(
    engine: str,
) -> None:
    """Catches one of many writes that blocks, as with locks that several keys share."""
    store = Mirroring(engine)

    def write() -> None:
        for index in range(200):
            crud.write_region(LINE, store, 2 * index, 7, engine=engine, detached=True)

    join(in_thread(write))
    assert np.array_equal(crud.read_region(LINE, store.copy, engine=engine), [1, 0] * 200)


SELECTIONS: dict[str, list[Any]] = {
    "orthogonal": [
        ([6, 0, 0, 3], slice(None)), (slice(1, None, 2), [4, 1]), ([0, 6], [4, 4, 0]),
        (np.arange(7) % 3 == 0, -1), ([-1, 2],), (2, [3]), (np.array([], "i8"), slice(None)),
        (..., [0]), (np.array([1, 5], "u8"), slice(None, None, 2)), (slice(2, 4), 3),
    ],
    "coordinate": [
        ([0, 6, 3], [4, 0, 0]), (5, 4), ([[0, 1], [6, 6]], [0, 4]), ([2, 2], -1),
        (np.array([], "i8"), np.array([], "i8")), ([6, 0, 6, 0], [0, 4, 0, 4]),
    ],
    "mask": [VALUES % 3 == 0, VALUES < 0, VALUES >= 0],
    "block": [(0, 0), (2, 2), (slice(1, None), 0), ..., (-1, slice(0, 2)), (slice(2, 1), 0)],
}  # fmt: skip

CASES = [(kind, selection) for kind, cases in SELECTIONS.items() for selection in cases]


def native(array: Any, kind: str) -> Any:
    """The indexer of upstream's array for a dialect."""
    attributes = {"orthogonal": "oindex", "coordinate": "vindex", "mask": "vindex"}
    return getattr(array, attributes.get(kind, "blocks"))


# Blocks count chunks or shards, so the two grids do not have the same blocks.
SHARDED = [(*case, (6, 4)) for case in CASES if case[0] != "block"]


@pytest.mark.parametrize(
    ("kind", "selection", "shards"), [*((*case, None) for case in CASES), *SHARDED], ids=repr
)
def test_each_dialect_reads_and_writes_what_upstream_does(
    engine: str, kind: Any, selection: Any, shards: Any
) -> None:
    """Catches mistakes about shapes, order, duplicates or empty results, or in filling an `out`."""
    store = MemoryStore()
    array = zarr.create_array(store, data=VALUES, chunks=(3, 2), shards=shards)
    expected = native(array, kind)[selection]
    found = crud.read_region(array.metadata, store, selection, kind=kind, engine=engine)
    assert_same(found, expected)
    room = np.zeros((*expected.shape, 2), "i2")
    crud.read_region(array.metadata, store, selection, kind=kind, out=room[..., 1], engine=engine)
    assert_same(room[..., 1], expected)
    value = np.arange(100, 100 + expected.size, dtype="i2").reshape(expected.shape)
    crud.write_region(array.metadata, store, selection, value, kind=kind, engine=engine)
    copy = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2), shards=shards)
    native(copy, kind)[selection] = value
    assert_same(array[...], copy[...])


WRONG: list[tuple[str, Any, type[Exception]]] = [
    ("orthogonal", ([7], 0), IndexError),
    ("orthogonal", ([[0]], 0), IndexError),
    ("orthogonal", ([0.5], 0), IndexError),
    ("orthogonal", (np.ones(6, bool), 0), IndexError),
    ("orthogonal", (0, 0, 0), IndexError),
    ("coordinate", ([0],), IndexError),
    ("coordinate", ([0], [5]), IndexError),
    ("coordinate", ([0, 1], [0, 1, 2]), IndexError),
    ("coordinate", (slice(0, 1), [0]), IndexError),
    ("mask", np.ones((7, 4), bool), IndexError),
    ("mask", np.ones((7, 5), int), IndexError),
    ("block", (3, 0), IndexError),
    ("block", (slice(0, 2, 2), 0), IndexError),
    ("block", (slice(-9, None), 0), IndexError),
    ("block", ([0], 0), IndexError),
    ("other", (0, 0), ValueError),
]


@pytest.mark.parametrize(("kind", "selection", "error"), WRONG, ids=repr)
def test_what_a_dialect_does_not_know_is_refused(
    engine: str, kind: Any, selection: Any, error: type[Exception]
) -> None:
    """Catches a refusal only after something was read; upstream refuses these selections too."""
    with pytest.raises(error):
        crud.read_region(DOCUMENT, MemoryStore(), selection, kind=kind, engine=engine)
    if kind != "other":
        array = zarr.create_array(MemoryStore(), data=VALUES, chunks=(3, 2))
        with pytest.raises((IndexError, ValueError)):
            native(array, kind)[selection]
