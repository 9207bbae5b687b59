"""What is stored for nodes, in few round trips."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

import zarr
from tests.engine.nodes.slow_stores import RoundStore
from zarr import crud
from zarr.core.buffer import cpu
from zarr.core.sync import sync
from zarr.crud._document import found
from zarr.crud._errors import DocumentError
from zarr.crud.testing import AsyncOnlyStore
from zarr.errors import NodeNotFoundError
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from zarr.abc.store import Store


class AsyncRounds(RoundStore):
    """Requests that are answered in rounds, by coroutines only."""

    _supports_sync_io = False


def filled(zarr_format: Any) -> AsyncRounds:
    """A group of twelve arrays and two groups."""
    store = AsyncRounds()
    group = zarr.create_group(store, zarr_format=zarr_format)
    for n in range(12):
        group.create_array(f"a{n:02}", shape=7, dtype="i2", attributes={"n": n})
    for n in range(2):
        group.create_group(f"g{n}", attributes={"n": n})
    store.reset()
    return store


@pytest.mark.parametrize(("zarr_format", "rounds"), [(2, 5), (3, 3)])
def test_children_take_one_round_trip(zarr_format: Any, rounds: int) -> None:
    """Catches documents that are requested one kind after the other, or ten at a time."""
    store = filled(zarr_format)
    children = crud.list_children(store)
    # The group itself, a list, and the children; the copies and documents of format 2.
    assert store.rounds <= rounds
    assert store.most >= 14
    assert [child["attributes"] for _, child in children] == [{"n": n} for n in [*range(12), 0, 1]]
    assert max(Counter(store.keys).values()) == 1


@pytest.mark.parametrize(("zarr_format", "rounds", "requests"), [(2, 2, 4), (3, 1, 1)])
def test_a_document_takes_two_round_trips_at_most(
    zarr_format: Any, rounds: int, requests: int
) -> None:
    """Catches a name of format 2 that is requested after another one."""
    store = filled(zarr_format)
    for path, number in (("a03", 3), ("g1", 1)):
        store.reset()
        assert crud.read_metadata(store, path=path)["attributes"] == {"n": number}
        assert (store.rounds, len(store.keys)) == (rounds, requests)


def test_all_stores_find_the_same() -> None:
    """Catches another node, or other attributes, where requests are made together."""
    documents: dict[str, bytes] = {
        "zarr.json": b'{"zarr_format": 3, "node_type": "group"}',
        ".zgroup": b'{"zarr_format": 2}',
        ".zarray": b'{"zarr_format": 2, "shape": [1], "chunks": [1], "dtype": "<i2", '
        b'"fill_value": 0, "order": "C", "filters": null, "compressor": null}',
        ".zattrs": b'{"a": 1}',
    }
    names = list(documents)
    for chosen in range(1 << len(names)):
        plain = MemoryStore()
        for at, name in enumerate(names):
            if chosen >> at & 1:
                sync(plain.set(f"x/{name}", cpu.Buffer.from_bytes(documents[name])))
        found: list[Any] = []
        for store in (plain, AsyncOnlyStore(plain)):
            try:
                found.append(dict(crud.read_metadata(store, path="x")))
            except NodeNotFoundError:
                found.append(None)
        assert found[0] == found[1]


@pytest.mark.parametrize("name", [".zarray", ".zgroup", ".zattrs"])
def test_only_a_document_that_counts_may_be_damaged(name: str) -> None:
    """Catches damage that is an error although nothing needs the document, or that is none."""
    plain = MemoryStore()
    zarr.create_array(plain, shape=7, dtype="i2", zarr_format=2, attributes={"a": 1})
    sync(plain.set(name, cpu.Buffer.from_bytes(b"{")))
    for store in (plain, AsyncOnlyStore(plain)):
        if name == ".zgroup":
            assert crud.read_metadata(store)["attributes"] == {"a": 1}
        else:
            with pytest.raises(DocumentError, match="is not JSON"):
                crud.read_metadata(store)


def test_equal_documents_are_parsed_once(monkeypatch: pytest.MonkeyPatch, store: Store) -> None:
    """Catches a document that is read as JSON again, and one that is found by its name only."""
    group = zarr.create_group(store)
    for name, length in (("a", 7), ("b", 7), ("c", 5)):
        group.create_array(name, shape=length, chunks=3, dtype="i2", attributes={"new": id(store)})
    keys, members_of = list[str](), found.members_of

    def noted(key: str, value: bytes) -> Any:
        keys.append(key)
        return members_of(key, value)

    monkeypatch.setattr(found, "members_of", noted)
    shapes = [crud.read_metadata(store, path=name)["shape"] for name in "abacab"]
    assert shapes == [[7], [7], [7], [5], [7], [7]]
    assert keys == ["a/zarr.json", "c/zarr.json"]
    zarr.open_array(store, path="a").resize(4)
    assert crud.read_metadata(store, path="a")["shape"] == [4]


@pytest.mark.parametrize("text", [b"{", b"[]", b"{}", b'{"zarr_format": 3}'])
def test_damaged_documents_are_refused_each_time(store: Store, text: bytes) -> None:
    """Catches an error that is forgotten, or told of another key."""
    for name in ("a", "b", "a"):
        sync(store.set(f"{name}/zarr.json", cpu.Buffer.from_bytes(text)))
        with pytest.raises(DocumentError) as caught:
            crud.read_metadata(store, path=name)
        assert text in (b"{}", b'{"zarr_format": 3}') or f"'{name}/zarr.json'" in str(caught.value)
