"""What a coroutine was called with is read before it begins."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from zarr._engine.inline.arguments import Call, call_of
from zarr.api import asynchronous as api
from zarr.core.array import AsyncArray
from zarr.core.group import AsyncGroup, create_hierarchy, get_node
from zarr.core.sync import _collect_aiterator
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable

MADE: dict[str, Any] = {"shape": (3,), "dtype": "i2"}
STORE = MemoryStore()
GROUP = zarr.create_group(MemoryStore(), engine="reference")._async_group
ARRAY = zarr.create_array(MemoryStore(), **MADE, engine="reference")._async_array

KNOWN: dict[str, tuple[Callable[[], Any], Call]] = {
    "keyword": (lambda: api.open_array(store=STORE, engine="zarrs"), Call(STORE, "zarrs")),
    "config": (lambda: api.open(store=STORE, config={"engine": "auto"}), Call(STORE, "auto")),
    "no engine": (lambda: api.open_group(store=STORE), Call(STORE, None)),
    "position": (lambda: api.consolidate_metadata(STORE), Call(STORE, None)),
    "no store": (lambda: api.zeros((3,), engine="zarrs"), Call(None, "zarrs")),
    "like": (lambda: api.zeros_like(np.ones(3), store=STORE), Call(STORE, None)),
    "class": (lambda: AsyncArray.open(STORE), Call(STORE, None)),
    "node": (lambda: get_node(STORE, "a", 3), Call(STORE, None)),
    "group": (lambda: GROUP.getitem("x"), Call(GROUP.store, "reference")),
    "member": (lambda: GROUP.create_array("x", **MADE), Call(GROUP.store, "reference")),
    "array": (lambda: ARRAY.update_attributes({}), Call(ARRAY.store, "reference")),
    "members": (lambda: _collect_aiterator(GROUP.members()), Call(GROUP.store, "reference")),
    "nodes": (
        lambda: _collect_aiterator(create_hierarchy(store=STORE, nodes={})),
        Call(STORE, None),
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_the_store_and_the_engine_are_found(name: str) -> None:
    """Catches a function whose store is not found, so that it needs zarr's event loop."""
    make, wanted = KNOWN[name]
    coroutine = make()
    try:
        assert call_of(coroutine) == wanted
    finally:
        coroutine.close()


async def open_group(store: Any) -> None:
    """Nothing of zarr's, in spite of its name."""


class Own:
    """Has a method of a name that groups have, too."""

    async def getitem(self, store: Any) -> None:
        """Nothing of zarr's."""


UNKNOWN: dict[str, Callable[[], Any]] = {
    "data": lambda: GROUP.create_array("x", data=np.ones(3)),
    "writes": lambda: GROUP.setitem("x", np.ones(3)),
    "reads": lambda: ARRAY.getitem(...),
    "resizes": lambda: ARRAY.resize((5,)),
    "store": lambda: STORE.get("x", zarr.core.buffer.default_buffer_prototype()),
    "another function": lambda: open_group(STORE),
    "another method": lambda: Own().getitem(STORE),
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_what_reads_or_writes_data_is_not_known(name: str) -> None:
    """Catches chunks that are read one after the other, and coroutines that are not zarr's."""
    coroutine = UNKNOWN[name]()
    try:
        assert call_of(coroutine) is None
    finally:
        coroutine.close()


def test_what_has_ended_or_is_no_coroutine_is_not_known() -> None:
    """Catches a frame that is not there any more."""
    coroutine = api.open_group(store=STORE)
    coroutine.close()
    assert call_of(coroutine) is None
    assert call_of(object()) is None


def test_a_subclass_of_group_is_a_group() -> None:
    """Catches a group that is known by its exact class only."""

    class OwnGroup(AsyncGroup):
        pass

    group = OwnGroup(metadata=GROUP.metadata, store_path=GROUP.store_path)
    coroutine = group.getitem("x")
    assert call_of(coroutine) == Call(GROUP.store, None)
    coroutine.close()
