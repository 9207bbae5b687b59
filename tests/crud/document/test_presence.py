"""A mistyped path or store is an error, which costs one request to detect."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.verbs import (
    DOCUMENTS,
    LAYOUTS,
    READS,
    VALUES,
    WRITES,
    call,
    contents,
    hierarchy,
    of_layout,
)
from zarr import crud
from zarr.crud._document import known as _known
from zarr.crud._stores.location import delete, locate
from zarr.crud.testing import AsyncOnlyStore, CountingStore, assert_same
from zarr.errors import NodeNotFoundError
from zarr.storage import MemoryStore, WrapperStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zarr.abc.store import Store


def document_of(layout: str) -> dict[str, Any]:
    """A document without an origin."""
    hierarchy(store := MemoryStore(), layout)
    return dict(crud.read_metadata(store, path="g/a"))


def asked(store: Any, name: str = "zarr.json") -> int:
    """The number of document requests that a store received since the last call."""
    keys = [key.rsplit("/", 1)[-1] for call, key in store.calls if call != "set"]
    store.calls.clear()
    return keys.count(name)


@pytest.mark.parametrize("twin", [False, True], ids=["function", "twin"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_mistyped_path_is_an_error_for_every_verb(
    store: Store, engine: str, layout: str, twin: bool
) -> None:
    """Catches fill values that look like data, and chunks that belong to no array."""
    hierarchy(store, layout)
    document, before = crud.read_metadata(store, path="g/a"), contents(store)
    for verb in of_layout(READS | WRITES, layout):
        for path in ("g/aa", "g/a/c", "A"):
            with pytest.raises(NodeNotFoundError, match=f"'{path}/{DOCUMENTS[layout]}'.*detached"):
                call(verb, document, store, engine, twin=twin, path=path)
    assert contents(store) == before


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_mistyped_store_is_an_error_and_leaves_no_folder(
    tmp_path: Path, engine: str, layout: str
) -> None:
    """Catches a folder with a misspelled name, and a chunk in it."""
    document = document_of(layout)
    for verb in of_layout(READS | WRITES, layout):
        for store in (tmp_path / "none", str(tmp_path / "none")):
            with pytest.raises(NodeNotFoundError):
                call(verb, document, store, engine)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_an_array_without_a_stored_document_is_served_when_told_so(
    store: Store, engine: str, layout: str
) -> None:
    """Catches a refusal of virtual arrays, and of other views of stored bytes."""
    document = document_of(layout)
    for verb in of_layout(READS, layout):
        call(verb, document, store, engine, path="x", detached=True)
    for verb in of_layout(WRITES, layout):
        call(verb, document, store, engine, path="x", detached=True)
    crud.write_region(document, store, ..., VALUES, path="x", engine=engine, detached=True)
    assert_same(crud.read_region(document, store, path="x", engine=engine, detached=True), VALUES)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_chunks_without_a_document_are_read_and_not_written(
    store: Store, engine: str, layout: str
) -> None:
    """Catches a refused read of stored chunks, or a write without a document."""
    hierarchy(store, layout)
    document = document_of(layout)
    expected = {
        verb: call(verb, document, store, engine, path="g/a") for verb in of_layout(READS, layout)
    }
    deleted = locate(store, "g/a")
    delete(deleted.store, deleted.key(DOCUMENTS[layout]))
    _known.forget(locate(store, ""))
    for verb, found in expected.items():
        assert_same(np.asarray(call(verb, document, store, engine, path="g/a")), np.asarray(found))
    before = contents(store)
    for verb in of_layout(WRITES, layout):
        with pytest.raises(NodeNotFoundError):
            call(verb, document, store, engine, path="g/a")
    assert contents(store) == before


SELECTIONS: list[tuple[Any, Any]] = [
    ("basic", (6, slice(None))),
    ("basic", (slice(6, 1, -2), 4)),
    ("orthogonal", ([0, 6], [4, 0])),
    ("coordinate", ([0, 6], [0, 4])),
    ("mask", VALUES % 7 == 0),
    ("block", (slice(1, 3), 2)),
]


@pytest.mark.parametrize(("kind", "selection"), SELECTIONS)
def test_any_chunk_that_a_selection_touches_is_enough(
    store: Store, engine: str, kind: Any, selection: Any
) -> None:
    """Catches a check for a chunk at the wrong place in the grid."""
    document = document_of("3")
    crud.write_chunk(document, store, (2, 2), VALUES[6, 4], detached=True)
    found = crud.read_region(document, store, selection, kind=kind, engine=engine)
    assert VALUES[6, 4] in np.asarray(found)
    crud.delete_chunk(document, store, (2, 2), detached=True)
    crud.write_chunk(document, store, (1, 1), 1, detached=True)
    crud.write_chunk(document, store, (0, 1), 1, detached=True)
    with pytest.raises(NodeNotFoundError):
        crud.read_region(document, store, (slice(5, 7), 4), engine=engine)


def test_the_document_of_another_format_is_not_the_arrays(store: Store, engine: str) -> None:
    """Catches a document of another format that counts as that of the array."""
    hierarchy(store, "2")
    with pytest.raises(NodeNotFoundError, match=r"zarr\.json"):
        crud.write_region(document_of("3"), store, ..., 1, path="g/a", engine=engine)
    with pytest.raises(NodeNotFoundError, match=r"\.zarray"):
        crud.write_region(document_of("2"), store, ..., 1, path="g", engine=engine)


def test_whichever_array_of_the_format_is_there_the_document_goes_first(
    store: Store, engine: str
) -> None:
    """Catches a comparison of the stored document with the given one."""
    hierarchy(store, "3")
    document = document_of("3") | {"fill_value": 5, "shape": [9, 9]}
    assert crud.read_region(document, store, (8, 8), path="g/a", engine=engine) == 5


@pytest.mark.parametrize("path", ["", "g"])
def test_a_group_in_the_place_of_the_array_is_noticed(store: Store, engine: str, path: str) -> None:
    """Catches fill values, or chunks in a group, after a call without the path of the array."""
    hierarchy(store, "3")
    metadata = zarr.open_array(store, path="g/a").metadata
    before = contents(store)
    for verb in ("read_region", "read_chunk", *of_layout(WRITES, "3")):
        with pytest.raises(NodeNotFoundError):
            call(verb, metadata, store, engine, path=path)
    assert contents(store) == before
    for kind in (AsyncOnlyStore, WrapperStore):
        with pytest.raises(NodeNotFoundError):
            call("read_region", metadata, kind(store), engine, path=path)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_one_request_finds_out_once(counting: Any, engine: str, layout: str) -> None:
    """Catches a request at every read or write, or one for a document that was just read."""
    hierarchy(counting, layout)
    name, document = DOCUMENTS[layout], document_of(layout)
    for verb in of_layout(READS | WRITES, layout):
        _known.forget(locate(counting, ""))
        counting.calls.clear()
        call(verb, document, counting, engine, path="g/b")
        first = asked(counting, name)
        assert first == (0 if verb in ("read_encoded_chunk", "list_chunks") else 1), verb
        for _ in range(3):
            call(verb, document, counting, engine, path="g/b")
        assert asked(counting, name) == 0, verb


def test_what_was_read_or_written_need_not_be_asked_for(counting: Any, engine: str) -> None:
    """Catches a request for a document that was read or written just before."""
    hierarchy(counting, "3")
    members = document_of("3")
    seen: dict[str, Callable[[], object]] = {
        "g/a": lambda: crud.read_metadata(counting, path="g/a"),
        "g/b": lambda: crud.list_children(counting, path="g"),
        "new": lambda: crud.create(members, counting, path="new"),
        "g/a/": lambda: crud.write_metadata(members, counting, path="g/a"),
    }
    for path, act in seen.items():
        _known.forget(locate(counting, ""))
        act()
        counting.calls.clear()
        crud.read_region(members, counting, path=path, engine=engine)
        crud.write_region(members, counting, ..., VALUES, path=path, engine=engine)
        assert asked(counting) == 0, path


@pytest.mark.filterwarnings("ignore:Consolidated metadata:zarr.errors.ZarrUserWarning")
def test_a_group_that_keeps_copies_of_documents_is_believed(engine: str) -> None:
    """Catches a request for each member of a group with consolidated metadata."""
    store = CountingStore()
    hierarchy(store, "3")
    zarr.consolidate_metadata(store, path="g")
    ((path, document), _) = crud.list_children(store, path="g")
    _ = asked(store)
    assert_same(crud.read_region(document, store, engine=engine), VALUES)
    assert path == "g/a"
    assert asked(store) == 0
