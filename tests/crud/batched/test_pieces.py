"""What is written of a chunk that is held."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest

from tests.crud.batched.test_held import put, settings
from zarr import crud
from zarr.crud._batched.held import HeldChunk
from zarr.crud._batched.pieces import pieces_of, store
from zarr.crud.reference import ReferenceBackend
from zarr.crud.testing import assert_same


class OnlyBoxes(ReferenceBackend):
    """A backend that writes boxes only, and records them."""

    name: ClassVar[str] = "only_boxes"

    def __init__(self) -> None:
        self.written: list[Any] = []

    def supports(self, *args: Any, **options: Any) -> str | None:
        selection = args[3] if len(args) > 3 else options.get("selection")
        if selection is not None and not isinstance(selection, crud.Box):
            return "it writes boxes only"
        return super().supports(*args, **options)

    def write_regions(self, requests: Any, *, options: Any) -> None:
        self.written.append([request.selection for request in requests])
        super().write_regions(requests, options=options)


def held(writes: list[tuple[Any, Any]], index: Any = (0, 0), **members: Any) -> HeldChunk:
    """A chunk with some writes, of an array in chunks of (4, 4)."""
    grid = {"name": "regular", "configuration": {"chunk_shape": [4, 4]}}
    chunk = HeldChunk(settings(chunk_grid=grid, **members), index)
    for selection, values in writes:
        put(chunk, selection, values)
    return chunk


@pytest.mark.parametrize(
    ("writes", "kind"),
    [
        ([((slice(4, 7), 4), 1)], crud.Box),
        ([((4, 4), 1), ((5, 4), 2)], crud.Box),
        ([((slice(4, 7, 2), 4), [1, 2])], crud.Outer),
    ],
)
def test_one_selection_is_written(writes: Any, kind: type[Any]) -> None:
    """Catches a chunk that is replaced several times, or points where a box would do."""
    chunk = held(writes, (1, 1))
    ((selection, values),) = pieces_of(chunk)
    assert type(selection) is kind
    assert values.shape == selection.shape


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
@pytest.mark.parametrize(
    ("writes", "kind"),
    [
        ([], None),
        ([((slice(0, 4), slice(0, 4)), np.arange(16).reshape(4, 4))], crud.Box),
        ([((slice(0, 2), slice(0, 4)), 5), ((2, slice(0, 4)), 6)], crud.Box),
        ([((0, slice(0, 4)), 5), ((3, slice(0, 4)), 6)], crud.Outer),
        ([((slice(0, 3, 2), slice(1, 4, 2)), [[1, 2], [3, 4]])], crud.Outer),
        ([((0, 0), 1), ((1, 1), 2), ((3, 2), 3)], crud.Points),
    ],
)
def test_what_was_written_is_stored_and_nothing_else(
    writes: Any, kind: type[Any] | None, engine: str
) -> None:
    """Catches values beside their elements, and elements that nobody wrote."""
    chunk = held(writes)
    document, location, _, _ = chunk.settings
    chunk.settings = chunk.settings._replace(backend=crud.get_backend(engine))
    before = np.full((7, 5), -5, "i2")
    crud.write_region(document, *location[:1], ..., before, path="a", detached=True)
    if writes:
        ((selection, _),) = pieces_of(chunk)
        assert type(selection) is kind
    store(chunk)
    for selection, values in writes:
        before[selection] = values
    found = crud.read_region(document, location.store, path="a", detached=True)
    assert_same(np.asarray(found), before)


def test_a_backend_that_takes_boxes_only_gets_boxes() -> None:
    """Catches a write that is refused, although each write of the user was not."""
    backend = OnlyBoxes()
    writes: list[Any] = [((0, 0), 1), ((1, 0), 2), ((1, 1), 3), ((3, slice(1, 4)), [4, 5, 6])]
    chunk = held(writes)
    chunk.settings = chunk.settings._replace(backend=backend)
    store(chunk)
    document, location, _, _ = chunk.settings
    expected = np.full((7, 5), document.fill_value, "i2")
    for selection, values in writes:
        expected[selection] = values
    found = crud.read_region(document, location.store, path="a", detached=True)
    assert_same(np.asarray(found), expected)
    ((first, *_),) = backend.written
    assert isinstance(first, crud.Box)


def test_a_whole_chunk_is_stored_with_the_part_outside(engine: str) -> None:
    """Catches a part outside the array that becomes the fill value."""
    chunk = held([], (1, 1))
    value = np.arange(16, dtype="i2").reshape(4, 4)
    chunk.put_whole(value)
    chunk.settings = chunk.settings._replace(backend=crud.get_backend(engine))
    store(chunk)
    document, location, _, _ = chunk.settings
    found = crud.read_encoded_chunk(document, location.store, (1, 1), path="a", detached=True)
    assert found == value.tobytes()
