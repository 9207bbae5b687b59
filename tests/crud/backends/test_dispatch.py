"""Calls of a backend, after the checks that all backends share."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from tests.crud.test_document import document_members
from zarr.crud import (
    Box,
    DecodedSizeError,
    Document,
    Location,
    Options,
    Points,
    ReadOnlyError,
    ValueShapeError,
)
from zarr.crud._document.cache import as_document
from zarr.crud._stores import key_locks
from zarr.crud.backends import dispatch
from zarr.crud.testing import CountingStore
from zarr.errors import NodeNotFoundError
from zarr.storage import MemoryStore

WHOLE = Box(((0, 1, 7), (0, 1, 5)), (7, 5))
PART = Box(((0, 1, 2), (0, 1, 1)), (2, 1))
NOTHING = Box(((0, 1, 0), (0, 1, 5)), (0, 5))
CHUNK = np.zeros((3, 2), "i2")


class Noting:
    """A backend that stores nothing, and records the arguments that it gets."""

    name = "noting"

    def __init__(self) -> None:
        self.calls: list[tuple[str, Any, dict[str, Any]]] = []

    def direct_store(self, location: Any) -> None:
        """It reaches no store directly."""

    def __getattr__(self, name: str) -> Any:
        def call(document: Document, location: Any, *given: Any, **more: Any) -> Any:
            self.calls.append((name, given, more))
            return "found"

        return call


def call(verb: str, backend: Any, store: Any = None, **more: Any) -> Any:
    """Call a verb on the example array, by default without a check that its document exists."""
    options = more.pop("options", Options())
    document = more.pop("document", as_document(document_members()))
    first = more.pop("at", (0, 0) if "chunk" in verb else WHOLE)
    other = more.pop("given", None if "read" in verb else CHUNK if "chunk" in verb else 1)
    location = Location(MemoryStore() if store is None else store, "")
    detached = more.pop("detached", True)
    function = getattr(dispatch, verb)
    return function(backend, document, location, first, other, options, detached=detached)


READS, WRITES = ("read_chunk", "read_region"), ("write_chunk", "write_region")


@pytest.mark.parametrize("verb", READS)
def test_a_result_is_the_one_that_the_caller_gave(verb: str) -> None:
    """Catches a result in the plain array that a backend filled, instead of the caller's own."""
    backend = Noting()
    assert call(verb, backend) == "found"
    out = np.zeros((3, 2) if verb == "read_chunk" else (7, 5), "i2").view(np.matrix)
    assert call(verb, backend, given=out) is out
    (_, _, first), (_, _, second) = backend.calls
    assert first["out"] is None
    assert type(second["out"]) is np.ndarray
    assert np.shares_memory(second["out"], out)
    with pytest.raises(ValueShapeError):
        call(verb, backend, given=np.zeros((2, 2), "i2"))
    assert len(backend.calls) == 2


@pytest.mark.parametrize("verb", READS + WRITES)
def test_a_missing_node_is_noticed_unless_told_otherwise(verb: str) -> None:
    """Catches chunks that are stored without an array, or a needless request for a document."""
    store, backend = CountingStore(), Noting()
    with pytest.raises(NodeNotFoundError):
        call(verb, backend, store, detached=False)
    assert store.calls
    store.calls.clear()
    backend.calls.clear()
    call(verb, backend, store)
    assert store.calls == []
    assert len(backend.calls) == 1


@pytest.mark.parametrize("verb", READS + WRITES)
def test_a_chunk_above_the_budget_is_refused_before_the_call(verb: str) -> None:
    """Catches memory that is allocated before the budget is checked."""
    backend, small = Noting(), as_document(document_members())
    with pytest.raises(DecodedSizeError, match="one chunk takes 12 bytes"):
        call(
            verb,
            backend,
            at=PART if "region" in verb else (0, 0),
            options=Options(decoded_size_budget=11),
        )
    assert backend.calls == []
    call(
        verb,
        backend,
        at=PART if "region" in verb else (0, 0),
        document=small,
        options=Options(decoded_size_budget=12),
    )
    assert len(backend.calls) == 1


def test_a_result_above_the_budget_is_refused() -> None:
    """Catches a large result that passes the check because each of its chunks is small."""
    backend = Noting()
    with pytest.raises(DecodedSizeError, match="the result takes 70 bytes"):
        call("read_region", backend, options=Options(decoded_size_budget=69))
    call("read_region", backend, options=Options(decoded_size_budget=70))
    assert len(backend.calls) == 1


@pytest.mark.parametrize("verb", WRITES)
def test_a_read_only_store_is_refused_before_anything_else(verb: str) -> None:
    """Catches a needless conversion of the value, or a needless request for the document."""
    backend, wrong = Noting(), np.zeros((99, 99))
    with pytest.raises(ReadOnlyError):
        call(verb, backend, MemoryStore(read_only=True), given=wrong, detached=False)
    assert backend.calls == []


def test_a_write_of_nothing_does_nothing() -> None:
    """Catches a backend that gets a selection without elements, or a value that does not fit it."""
    store, backend = CountingStore(), Noting()
    call("write_region", backend, store, at=NOTHING, detached=False)
    with pytest.raises(ValueShapeError):
        call("write_region", backend, store, at=NOTHING, given=np.zeros((2, 2)), detached=False)
    assert (backend.calls, store.calls) == ([], [])
    call("read_region", backend, store, at=NOTHING, detached=False)
    assert store.calls == []


def test_a_value_is_converted_and_broadcast() -> None:
    """Catches a backend that gets a list, or elements of another data type."""
    backend = Noting()
    call("write_region", backend, given=[1.0, 2, 3, 4, 5])
    ((_, (_, value), _),) = backend.calls
    assert (value.shape, value.dtype) == ((7, 5), np.dtype("i2"))
    assert value[6].tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("verb", "at"),
    [
        ("write_chunk", (0, 1)),
        ("write_region", WHOLE),
        ("write_region", Points((np.array([6, 0]), np.array([0, 2])), (2,))),
    ],
)
def test_a_thread_does_not_write_a_key_that_it_holds(verb: str, at: Any) -> None:
    """Catches a deadlock, or a refusal to write the neighbors of the chunk."""
    store, backend = MemoryStore(), Noting()
    with key_locks.hold(store, "c/0/1"):
        with pytest.raises(RuntimeError, match="holds the key 'c/0/1'"):
            call(verb, backend, store, at=at)
        assert backend.calls == []
        call(verb, backend, store, at=(0, 0) if verb == "write_chunk" else PART)
    assert len(backend.calls) == 1
