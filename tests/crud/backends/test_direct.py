"""Which engine reaches a store directly."""

from __future__ import annotations

from typing import Any, ClassVar

import pytest

import zarr
from tests.crud.stores.test_direct import Direct
from zarr import crud
from zarr.crud._document.known import is_known
from zarr.crud.backends.direct import direct_location, direct_store
from zarr.crud.backends.registry import register_backend
from zarr.crud.reference import ReferenceBackend
from zarr.errors import NodeNotFoundError
from zarr.storage import LocalStore, MemoryStore

ARRAY = dict(zarr.create_array({}, shape=4, chunks=2, dtype="i4").metadata.to_dict())


class Mine(ReferenceBackend):
    """A backend that reaches stores in memory directly."""

    name: ClassVar[str] = "mine"
    preference: ClassVar[int] = 200

    def __init__(self) -> None:
        self.direct = Direct()

    def direct_store(self, location: Any) -> Direct | None:
        """Return the same store for all."""
        return self.direct if type(location.store) is MemoryStore else None


@pytest.fixture
def mine() -> Any:
    with register_backend(Mine()) as backend:
        yield backend


def test_the_best_engine_or_the_named_one_is_asked(mine: Mine) -> None:
    """Catches an engine that is used although another one, or none, was chosen."""
    store = MemoryStore()
    location = crud.Location(store, "a")
    ways: list[Any] = [None, "auto", "mine", mine]
    for engine in ways:
        assert direct_store(location, engine) is mine.direct
    others: list[Any] = ["reference", "zarr", "zarrs", "unknown", 5]
    for engine in others:
        assert direct_store(location, engine) is None
    assert direct_store(crud.Location(LocalStore("/none"), "")) is None
    for configured, expected in {"reference": None, "zarr": mine.direct, "none": None}.items():
        with zarr.config.set({"array.engine": configured}):
            assert direct_store(location) is expected
    assert direct_location(location) == (mine.direct, "a")
    assert direct_location(location, "reference") is location


def test_an_error_of_the_engine_is_raised(mine: Mine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an engine that is passed over silently because its way has a fault."""

    def fails(self: Mine, location: Any) -> None:
        raise TypeError("a fault")

    monkeypatch.setattr(Mine, "direct_store", fails)
    with pytest.raises(TypeError, match="a fault"):
        direct_store(crud.Location(MemoryStore(), ""), "mine")


def test_no_engine_reaches_files_and_memory_directly() -> None:
    """Catches another way to stores that need none."""
    for store in (MemoryStore(), LocalStore("/none")):
        assert direct_store(crud.Location(store, "")) is None


def test_all_functions_for_nodes_and_encoded_chunks_use_it(mine: Mine) -> None:
    """Catches a function that still calls the store itself, and its messages and memory."""
    store = MemoryStore()
    crud.create(ARRAY, store, path="a")
    assert is_known(crud.Location(store, "a"), "zarr.json")
    assert crud.read_metadata(store, path="a")["shape"] == [4]
    assert [path for path, _ in crud.list_children(store)] == ["a"]
    crud.write_metadata({**ARRAY, "attributes": {"b": 1}}, store, path="a")
    crud.write_encoded_chunk(ARRAY, store, (0,), b"x", path="a")
    assert crud.read_encoded_chunk(ARRAY, store, (0,), path="a") == b"x"
    assert crud.list_chunks(ARRAY, store, path="a") == [(0,)]
    crud.delete_chunk(ARRAY, store, (0,), path="a")
    assert set(mine.direct.values) == {"zarr.json", "a/zarr.json"}
    crud.delete_node(store, path="a")
    assert set(mine.direct.values) == {"zarr.json"}
    assert not is_known(crud.Location(store, "a"), "zarr.json")
    assert store._store_dict == {}
    with pytest.raises(NodeNotFoundError, match=r"MemoryStore\('memory://"):
        crud.list_chunks(ARRAY, store, path="a")
