"""Calls of a backend, made from an array and a selection."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr._engine.calls.prepare import choice_of, location_of, prepare
from zarr.core.buffer.core import BufferPrototype
from zarr.core.buffer.cpu import Buffer, NDBuffer
from zarr.crud._selection.basic import Box, Kind, Outer, Points
from zarr.crud.testing import assert_same
from zarr.errors import NegativeStepError
from zarr.storage import MemoryStore

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


def made(engine: str, **options: Any) -> Any:
    """A ragged array with an engine."""
    layout: dict[str, Any] = {"data": VALUES, "chunks": (3, 2), "engine": "zarr"}
    return zarr.create_array(MemoryStore(), **(layout | options)).async_array.with_engine(engine)


@pytest.mark.parametrize(
    ("kind", "selection", "lowered"),
    [
        ("basic", (slice(1, 6, 2), 4), Outer),
        ("orthogonal", ([5, 0], slice(1, 3)), Outer),
        ("coordinate", ([5, 0], [1, 3]), Points),
        ("mask", VALUES > 30, Points),
        ("block", (2, 1), Box),
    ],
)
def test_a_call_reads_writes_and_counts(
    kind: Kind, selection: Any, lowered: type, engine: str
) -> None:
    """Catches a selection that is lowered in another dialect, or an uncounted operation."""
    array = made(engine)
    call = prepare(array, "write_region", kind, selection, None)
    assert call is not None
    assert type(call.selection) is lowered
    call.write(99)
    assert_same(call.read(None), np.full(call.selection.shape, 99, "i2"))
    assert array.engine_info().operations == {engine: 2}


@pytest.mark.parametrize("selection", [slice(None, None, -1), (0, slice(4, 0, -2))])
def test_negative_steps_are_refused(selection: Any, engine: str) -> None:
    """Catches elements in reverse order, which upstream refuses to return."""
    with pytest.raises(NegativeStepError):
        prepare(made(engine), "read_region", "basic", selection, None)


def test_auto_leaves_a_call_without_a_look_at_its_selection() -> None:
    """Catches an error of ours for a call that upstream serves or refuses in its own words."""

    class Other(NDBuffer):
        pass

    prototype = BufferPrototype(Buffer, Other)
    assert prepare(made("auto"), "read_region", "basic", (99, 99), prototype) is None


def test_the_location_and_the_choice_are_those_of_the_array() -> None:
    """Catches chunks of another array in the store, or fields in another order."""
    array = made("auto", name="a/b", zarr_format=2)
    location, choice = location_of(array), choice_of(array)
    assert location.store is array.store_path.store
    assert location.path == "a/b"
    assert choice.location == location
    assert (choice.engine, choice.document.shape) == ("auto", (7, 5))
    assert choice.config is array.config
