"""One chunk that a batch holds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud._batched.held import HeldChunk, Settings, cost_of, inside_of, layout
from zarr.crud._document.cache import as_document
from zarr.crud._document.lower import lower
from zarr.crud._selection.chunk_parts import chunk_parts
from zarr.crud.backends.selected import as_planned
from zarr.crud.testing import assert_same
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def settings(engine: str = "reference", **members: Any) -> Settings:
    """Settings for the ragged array of (7, 5) in chunks of (3, 2)."""
    document = as_document(document_members(**members))
    location = crud.Location(MemoryStore(), "a")
    return Settings(document, location, crud.get_backend(engine), crud.Options())


def put(chunk: HeldChunk, selection: Any, values: Any, kind: Any = "basic") -> None:
    """Write what a selection has in the chunk."""
    document = chunk.settings.document
    lowered = lower(document, selection, kind)
    planned = as_planned(np.broadcast_to(np.asarray(values, "i2"), lowered.shape), lowered)
    for part in chunk_parts(lowered, document.chunk_grid):
        if part.chunk == chunk.index:
            chunk.put(part, planned)


def shown(chunk: HeldChunk, selection: Any, kind: Any = "basic") -> Any:
    """Return the elements of a selection with those that the chunk holds, and -1 elsewhere."""
    lowered = lower(chunk.settings.document, selection, kind)
    result = np.full(lowered.shape, -1, "i2")
    for part in chunk_parts(lowered, chunk.settings.document.chunk_grid):
        if part.chunk == chunk.index:
            chunk.copy_to(part, as_planned(result, lowered))
    return result


def marked(chunk: HeldChunk) -> Any:
    """What the chunk knows to be written; `None` if it is full."""
    return chunk.mask


def test_the_mask_goes_once_all_inside_the_array_is_written() -> None:
    """Catches an edge chunk that never counts as full, or a chunk that does too early."""
    chunk = HeldChunk(settings(), (2, 2))
    assert chunk.inside == (1, 1)
    put(chunk, (6, 4), 9)
    assert chunk.mask is None
    chunk = HeldChunk(settings(), (0, 0))
    for _ in range(2):
        put(chunk, (slice(0, 3), 0), 5)
        assert chunk.mask is not None
        assert chunk.count == 3
    put(chunk, (np.array([0, 0, 1, 2]), np.array([1, 1, 1, 1])), [1, 2, 3, 4], "coordinate")
    assert chunk.mask is None
    assert chunk.elements[:, 1].tolist() == [2, 3, 4]


@pytest.mark.parametrize(
    ("selection", "kind"),
    [
        ((slice(0, 5), slice(0, 5)), "basic"),
        ((slice(4, None, -2), slice(None, None, -1)), "basic"),
        (([3, 0, 5], slice(1, 3)), "orthogonal"),
        ((np.array([5, 4, 3]), np.array([3, 2, 3])), "coordinate"),
        (VALUES % 3 == 0, "mask"),
    ],
)
def test_what_was_written_is_shown_and_nothing_else(selection: Any, kind: Any) -> None:
    """Catches elements at other places, and uninitialised ones."""
    chunk = HeldChunk(settings(), (1, 1))
    put(chunk, (slice(3, 5), 3), [23, 28])
    expected = np.full((7, 5), -1)
    expected[3:5, 3] = [23, 28]
    lowered = lower(chunk.settings.document, selection, kind)
    numbers = np.arange(35).reshape(7, 5)
    index = np.ix_(selection[0], range(1, 3)) if kind == "orthogonal" else selection
    places = numbers[index]
    assert lowered.shape == places.shape
    assert_same(shown(chunk, selection, kind), expected.reshape(-1)[places].astype("i2"))


def test_a_part_is_had_if_all_of_it_was_written() -> None:
    """Catches a part that is not read from the store although elements are missing."""
    chunk = HeldChunk(settings(), (0, 0))
    put(chunk, (slice(0, 2), slice(0, 2)), 1)
    document = chunk.settings.document

    def has(selection: Any) -> bool:
        (part,) = chunk_parts(lower(document, selection, "basic"), document.chunk_grid)
        return chunk.has(part)

    assert has((slice(0, 2), slice(0, 2)))
    assert has((1, 1))
    assert not has((slice(0, 3), 0))


def test_an_array_that_grows_has_more_inside() -> None:
    """Catches a full chunk that stays full although there is more of it, and lost elements."""
    chunk = HeldChunk(settings(), (2, 2))
    put(chunk, (6, 4), 9)
    larger = settings(shape=[9, 6])._replace(
        location=chunk.settings.location, backend=chunk.settings.backend
    )
    assert chunk.takes(larger)
    assert chunk.inside == (3, 2)
    assert np.argwhere(marked(chunk)).tolist() == [[0, 0]]
    assert chunk.count == 1
    put(chunk, (slice(6, 9), slice(4, 6)), 3)
    assert marked(chunk) is None
    assert not chunk.takes(settings())


def test_a_whole_chunk_stays_whole_when_the_array_grows() -> None:
    """Catches the part outside the array, which was written, too, and is inside now."""
    chunk = HeldChunk(settings(), (2, 2))
    chunk.put_whole(np.arange(6, dtype="i2").reshape(3, 2))
    assert chunk.takes(settings(shape=[9, 6])._replace(backend=chunk.settings.backend))
    assert chunk.mask is None
    assert shown(chunk, (slice(6, 9), slice(4, 6))).tolist() == [[0, 1], [2, 3], [4, 5]]


def test_other_ways_of_writing_do_not_mix() -> None:
    """Catches a write with other options, of another backend or layout, that joins what is held."""
    mine = settings()
    chunk = HeldChunk(mine, (0, 0))
    assert chunk.takes(mine)
    assert chunk.takes(mine._replace(options=crud.Options()))
    assert not chunk.takes(mine._replace(options=crud.Options(write_empty_chunks=True)))
    assert not chunk.takes(mine._replace(backend=crud.get_backend("zarrs")))
    assert not chunk.takes(settings(fill_value=3))
    assert not chunk.shows(settings(fill_value=3).document)
    assert chunk.shows(settings(attributes={"a": 1}).document)
    assert chunk.shows(settings(shape=[9, 9]).document)
    assert not HeldChunk(mine, (2, 2)).shows(settings(shape=[9, 9]).document)


def test_layouts_are_alike_but_for_the_shape() -> None:
    """Catches a layout that depends on attributes, or not on the codecs."""
    plain = settings().document
    assert layout(plain) == layout(settings(shape=[1, 1], attributes={"b": 2}).document)
    assert layout(plain) != layout(settings(data_type="uint16", fill_value=9).document)


def test_a_chunk_costs_a_byte_more_for_each_element() -> None:
    """Catches a bound that leaves out the marks."""
    assert cost_of((3, 2), np.dtype("i2")) == 18
    assert HeldChunk(settings(), (0, 0)).nbytes == 18
    assert inside_of(settings().document, (2, 1)) == (1, 2)


def test_an_array_without_axes_has_one_chunk() -> None:
    """Catches indexing that makes scalars of arrays of rank 0."""
    grid = {"name": "regular", "configuration": {"chunk_shape": []}}
    chunk = HeldChunk(settings(shape=[], chunk_grid=grid), ())
    put(chunk, (), 4)
    assert chunk.mask is None
    assert shown(chunk, ()) == 4
    assert shown(chunk, (), "coordinate").tolist() == [4]
