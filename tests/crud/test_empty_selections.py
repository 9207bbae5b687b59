"""Selections without elements, of arrays of any extent: immediate results of the right shape."""

from __future__ import annotations

import time
from typing import Any, Final

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from zarr import crud
from zarr.storage import MemoryStore

LITTLE: Final = [{"name": "bytes", "configuration": {"endian": "little"}}]
HUGE: Final = [2**40, 2**22]


def grid(*chunk_shape: int) -> dict[str, Any]:
    return {"name": "regular", "configuration": {"chunk_shape": list(chunk_shape)}}


def sharded(shape: list[int], shard: list[int], chunk: list[int]) -> Any:
    configuration = {"chunk_shape": chunk, "codecs": LITTLE, "index_codecs": LITTLE}
    codecs = [{"name": "sharding_indexed", "configuration": configuration}]
    return document_members(shape=shape, chunk_grid=grid(*shard), codecs=codecs)


def format_2(shape: list[int], chunks: list[int]) -> Any:
    members = {"zarr_format": 2, "shape": shape, "chunks": chunks, "dtype": ">i2", "order": "F"}
    return members | {"fill_value": 0, "compressor": None, "filters": None}


DOCUMENTS: Final[dict[str, Any]] = {
    "chunks": document_members(shape=HUGE, chunk_grid=grid(100, 30)),
    "many chunks": document_members(shape=HUGE, chunk_grid=grid(1, 1)),
    "one chunk": document_members(shape=HUGE, chunk_grid=grid(*HUGE)),
    "shards": sharded(HUGE, [200, 60], [100, 30]),
    "one shard": sharded(HUGE, HUGE, [2**20, 2**20]),
    "format 2": format_2(HUGE, [100, 30]),
    "format 2, one chunk": format_2(HUGE, HUGE),
    "text": document_members(
        shape=HUGE,
        chunk_grid=grid(2**20, 2**10),
        data_type="string",
        fill_value="",
        codecs=[{"name": "vlen-utf8"}],
    ),
}

# By name: the dialect, the selection, and the shape of the result.
SELECTIONS: Final[dict[str, tuple[Any, Any, tuple[int, ...]]]] = {
    "rows": ("basic", (slice(0, 0), slice(None)), (0, 2**22)),
    "columns": ("basic", (..., slice(5, 5)), (2**40, 0)),
    "steps": ("basic", (slice(None, None, 3), slice(9, 2)), (-(-(2**40) // 3), 0)),
    "backwards": ("basic", (slice(0, 0), slice(None, None, -1)), (0, 2**22)),
    "dropped": ("basic", (2**40 - 1, slice(7, 7)), (0,)),
    "lists": ("orthogonal", ([], slice(None)), (0, 2**22)),
    "list": ("orthogonal", (slice(None), np.empty(0, "i8")), (2**40, 0)),
    "points": ("coordinate", (np.empty((0, 3), "i8"), 4), (0, 3)),
    "blocks": ("block", (slice(0, 0), slice(None)), (0, 2**22)),
    "last blocks": ("block", (..., slice(-1, -1)), (2**40, 0)),
}


@pytest.mark.parametrize("name", SELECTIONS)
@pytest.mark.parametrize("document", DOCUMENTS)
def test_nothing_is_read_and_written_whatever_the_extents(
    engine: str, document: str, name: str
) -> None:
    """Catches a refusal because of the size of an untouched chunk, or a list as long as an axis."""
    members, store = DOCUMENTS[document], MemoryStore()
    kind, selection, shape = SELECTIONS[name]
    crud.create(members, store)
    before = dict(store._store_dict)
    start = time.monotonic()
    found: Any = crud.read_region(members, store, selection, kind=kind, engine=engine)
    dtype = zarr.open_array(store).dtype
    assert (found.shape, found.dtype) == (shape, dtype)
    out = np.empty(shape, dtype)
    got = crud.read_region(members, store, selection, kind=kind, engine=engine, out=out)
    assert got is out
    value: Any = "a" if document == "text" else 1
    one_each = np.full((1,) * len(shape), value)
    for given in (value, one_each, np.empty(shape, dtype)):
        crud.write_region(members, store, selection, given, kind=kind, engine=engine)
    with pytest.raises(crud.ValueShapeError, match="does not broadcast"):
        crud.write_region(members, store, selection, np.full(5, value), kind=kind, engine=engine)
    assert store._store_dict == before
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("document", DOCUMENTS)
def test_arrays_answer_as_the_functions_do(engine: str, document: str) -> None:
    """Catches arrays that answer in another way than the functions, as on the fast path."""
    crud.create(DOCUMENTS[document], store := MemoryStore())
    array: Any = zarr.open_array(store, engine=engine)
    for order in ("C", "F"):
        array = array.with_config({"order": order})
        assert array[0:0].shape == (0, 2**22)
        assert array[:, 3:3].shape == (2**40, 0)
        assert array.oindex[np.empty(0, "i8"), :].shape == (0, 2**22)
        assert array.vindex[np.empty(0, "i8"), np.empty(0, "i8")].shape == (0,)
        assert array.blocks[0:0].shape == (0, 2**22)
    array[0:0] = array[0:0]
    array[:, 3:3] = "a" if document == "text" else 1


# Each with an element type: one axis, a product of axes, and as many axes as an array can have.
IMPOSSIBLE: Final[dict[str, tuple[str, list[int], Any]]] = {
    "2^60 of 8 bytes": ("int64", [7, 2**60], slice(0, 0)),
    "2^61 of 4": ("int32", [2**61, 7], (..., slice(2, 2))),
    "2^62 of 2": ("int16", [2**62, 2**62], slice(0, 0)),
    "2^80": ("uint8", [0, 2**40, 2**40], ...),
    "rank 32": ("uint8", [0] + [2**10] * 31, ...),
}


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_a_shape_that_numpy_does_not_have_is_told_as_such(engine: str, name: str) -> None:
    """Catches an error about the budget or the memory, which are not the cause."""
    data_type, shape, selection = IMPOSSIBLE[name]
    chunks = grid(*[1] * len(shape))
    members = document_members(shape=shape, data_type=data_type, chunk_grid=chunks)
    crud.create(members, store := MemoryStore())
    with pytest.raises(ValueError, match="array is too big"):
        np.empty([0, *shape[1:]] if shape[0] == 7 else [0, *shape], data_type)
    array = zarr.open_array(store, engine=engine)
    for read in (
        lambda: crud.read_region(members, store, selection, engine=engine),
        lambda: array[selection],
        lambda: array.with_config({"order": "F"})[selection],
    ):
        with pytest.raises(crud.DecodedSizeError, match="no elements, and NumPy has no array of"):
            read()
    # Writing nothing needs no array.
    crud.write_region(members, store, selection, 1, engine=engine)
    array[selection] = np.ones([1] * len(shape))


@pytest.mark.parametrize("rank", [1, 2, 31, 32])
def test_the_largest_shapes_of_numpy_are_answered(engine: str, rank: int) -> None:
    """Catches an off-by-one error in the limit, or a rank that is not served."""
    shape = [2**62 - 1, *[1] * (rank - 1)]
    for selection, expected in (
        ((slice(0, 0), ...), (0, *shape[1:])),
        ((..., slice(0, 0)), (*shape[:-1], 0)),
        ((slice(0, 0),) * rank, (0,) * rank),
    ):
        members = document_members(shape=shape, chunk_grid=grid(*[2**61] + [1] * (rank - 1)))
        found: Any = crud.read_region(members, MemoryStore(), selection, engine=engine)
        assert found.shape == np.empty(expected, "i2").shape


def test_blocks_of_an_axis_of_many_chunks_are_found_at_once(engine: str) -> None:
    """Catches a list of the starts of all chunks, with at least eight bytes for each."""
    members = document_members(shape=[2**62], chunk_grid=grid(3))
    store = MemoryStore()
    last = (2**62 - 1) // 3
    crud.write_region(
        members, store, slice(-5, None), np.arange(1, 6), engine=engine, detached=True
    )
    for blocks, expected in ((last, [5]), (slice(-2, None), [2, 3, 4, 5]), (slice(last, last), [])):
        found = crud.read_region(members, store, blocks, kind="block", engine=engine)
        assert np.array_equal(found, expected)


def test_the_message_says_what_is_too_large(engine: str) -> None:
    """Catches advice to select less if a chunk exceeds the budget, or the reverse."""
    options = crud.Options(decoded_size_budget=20)
    members, store = document_members(), MemoryStore()
    with pytest.raises(crud.DecodedSizeError, match=r"the result takes 70 .* of 20 .*select less"):
        crud.read_region(members, store, engine=engine, options=options)
    large = document_members(chunk_grid=grid(7, 5))
    for act in (
        lambda: crud.read_region(large, store, (0, 0), engine=engine, options=options),
        lambda: crud.read_chunk(large, store, (0, 0), engine=engine, options=options),
        lambda: crud.write_chunk(large, store, (0, 0), 1, engine=engine, options=options),
        lambda: crud.write_region(large, store, (0, 0), 1, engine=engine, options=options),
    ):
        with pytest.raises(
            crud.DecodedSizeError, match=r"one chunk takes 70 .* of 20 bytes; raise"
        ):
            act()


def test_memory_that_the_system_refuses_is_told_as_such(engine: str) -> None:
    """Catches an error about the budget, which is not exceeded."""
    options = crud.Options(decoded_size_budget=2**63 - 1)
    members = document_members(shape=[2**61], chunk_grid=grid(2**20))
    with pytest.raises(MemoryError, match=r"system refused|Unable to allocate") as caught:
        crud.read_region(members, MemoryStore(), engine=engine, options=options)
    assert "budget" not in str(caught.value)
