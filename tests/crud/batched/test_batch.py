"""The function `batched_writes`, and what it returns."""

from __future__ import annotations

import asyncio
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.errors import NodeNotFoundError
from zarr.storage import LoggingStore, MemoryStore, ObjectStore, StorePath, ZipStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zarr.abc.store import Store

DOCUMENT = document_members()
VALUES = np.arange(35, dtype="i2").reshape(7, 5)


@pytest.mark.parametrize(
    ("bound", "error"),
    [
        (-1, ValueError),
        (2**63, ValueError),
        (True, TypeError),
        (False, TypeError),
        (1.0, TypeError),
        (None, TypeError),
        ("1", TypeError),
    ],
)
def test_a_bound_is_a_number_of_bytes(bound: Any, error: type[Exception]) -> None:
    """Catches a bound that is taken for something else."""
    with pytest.raises(error, match=r"max_bytes is .*; use a number of bytes"):
        crud.batched_writes(MemoryStore(), max_bytes=bound)


def test_other_wrong_arguments_are_named() -> None:
    """Catches an argument that is refused at the first write only."""
    wrong: list[tuple[Any, type[Exception], str]] = [
        ({"engine": "none"}, crud.UnknownBackendError, "'none'"),
        ({"engine": 5}, TypeError, "engine"),
        ({"options": {}}, TypeError, "options is"),
        ({"storage_options": {"a": 1}}, TypeError, "storage_options"),
    ]
    for given, error, said in wrong:
        with pytest.raises(error, match=said):
            crud.batched_writes(MemoryStore(), **given)
    with pytest.raises(TypeError, match="store is"):
        crud.batched_writes(5)
    with pytest.raises(crud.InvalidPathError, match="not for the node 'a'"):
        crud.batched_writes(StorePath(MemoryStore(), "a"))


def test_a_batch_is_used_in_its_block_only(engine: str) -> None:
    """Catches writes that are held and never written."""
    batch = crud.batched_writes(MemoryStore(), engine=engine)
    uses: list[Callable[[], object]] = [
        lambda: crud.write_region(DOCUMENT, batch, 0, 1, detached=True),
        lambda: crud.write_chunk(DOCUMENT, batch, (0, 0), 1, detached=True),
        lambda: crud.read_region(DOCUMENT, batch, detached=True),
        lambda: crud.list_chunks(DOCUMENT, batch, detached=True),
        lambda: crud.delete_chunk(DOCUMENT, batch, (0, 0), detached=True),
        lambda: crud.create(DOCUMENT, batch),
        lambda: zarr.create_group(batch, path="g"),
        batch.flush,
    ]
    for use in uses:
        with pytest.raises(crud.BatchError, match="before its `with` block"):
            use()
    with batch, pytest.raises(crud.BatchError, match="which has begun"):
        batch.__enter__()
    for use in [*uses, batch.__enter__]:
        with pytest.raises(crud.BatchError, match="after its `with` block"):
            use()


def test_batches_are_not_nested() -> None:
    """Catches a batch in a batch, whose end writes to a batch that may have ended."""
    with crud.batched_writes(MemoryStore()) as batch:
        for store in (batch, LoggingStore(batch), StorePath(batch), batch.with_read_only(True)):
            with pytest.raises(crud.BatchError, match="within another one"):
                crud.batched_writes(store)


def test_a_batch_is_not_pickled() -> None:
    """Catches a copy that holds nothing, or writes the same again."""
    with (
        crud.batched_writes(MemoryStore()) as batch,
        pytest.raises(crud.BatchError, match="cannot be pickled"),
    ):
        pickle.dumps(batch)


def stores(tmp_path: Path) -> dict[str, Store]:
    """An empty store of each kind."""
    import icechunk
    import obstore

    session = icechunk.Repository.create(icechunk.in_memory_storage()).writable_session("main")
    return {
        "memory": MemoryStore(),
        "local": zarr.storage.LocalStore(tmp_path / "a"),
        "async-only": AsyncOnlyStore(),
        "object": ObjectStore(obstore.store.MemoryStore()),
        "zip": ZipStore(tmp_path / "a.zip", mode="w"),
        "icechunk": session.store,
        "logging": LoggingStore(MemoryStore()),
    }


@pytest.mark.parametrize(
    "kind", ["memory", "local", "async-only", "object", "zip", "icechunk", "logging"]
)
def test_a_batch_works_on_every_store(engine: str, kind: str, tmp_path: Path) -> None:
    """Catches a store whose chunks are not held, not written, or written twice."""
    store = stores(tmp_path)[kind]
    members: dict[str, Any] = {"shape": (7, 5), "chunks": (1, 5), "shards": (3, 5), "dtype": "i2"}
    array = zarr.create_array(store, name="a", **members)
    document = crud.read_metadata(store, path="a")
    with crud.batched_writes(store, engine=engine) as batch:
        for row in range(7):
            crud.write_region(document, batch, row, VALUES[row])
        assert_same(np.asarray(crud.read_region(document, batch)), VALUES)
        assert crud.list_chunks(document, store) == []
    assert_same(np.asarray(array[...]), VALUES)
    if kind == "zip":
        names = store._zf.namelist()  # type: ignore[attr-defined]
        assert len(names) == len(set(names))
    if kind == "icechunk":
        # Nothing leaves the session before it is committed.
        assert store.session.has_uncommitted_changes  # type: ignore[attr-defined]
    store.close()


def test_a_path_and_a_url_name_a_store(engine: str, tmp_path: Path) -> None:
    """Catches a batch whose store is another one than that of the document."""
    zarr.create_array(tmp_path / "a", data=VALUES, chunks=(3, 2))
    document = crud.read_metadata(tmp_path / "a")
    for store in (tmp_path / "a", str(tmp_path / "a"), (tmp_path / "a").as_uri()):
        with crud.batched_writes(store, engine=engine) as batch:
            crud.write_region(document, batch, (0, 0), 5)
            assert crud.read_region(document, batch, (0, 0)) == 5
        assert crud.read_region(document, tmp_path / "a", (0, 0)) == 5
        crud.write_region(document, tmp_path / "a", (0, 0), 6)


def test_a_document_knows_its_path_in_a_batch(engine: str) -> None:
    """Catches a write to the root instead of where the document was read."""
    store = MemoryStore()
    crud.create(DOCUMENT, store, path="g/a")
    document = crud.read_metadata(store, path="g/a")
    with crud.batched_writes(store, engine=engine) as batch:
        crud.write_region(document, batch, ..., VALUES)
        again = crud.read_metadata(batch, path="g/a")
    assert_same(np.asarray(crud.read_region(again, store)), VALUES)


def test_other_uses_see_what_is_held_and_what_is_deleted(engine: str) -> None:
    """Catches an older state in a list, in encoded bytes or in a node, or one that comes back."""
    store = MemoryStore()
    for name in ("g/a", "g/b"):
        crud.create(DOCUMENT, store, path=name)
    with crud.batched_writes(store, engine=engine) as batch:

        def write(path: str, at: Any = (0, 0)) -> None:
            crud.write_region(DOCUMENT, batch, at, 5, path=path)

        write("g/a")
        assert crud.list_chunks(DOCUMENT, batch, path="g/a") == [(0, 0)]
        write("g/a", (0, 1))
        found = crud.read_encoded_chunk(DOCUMENT, batch, (0, 0), path="g/a")
        assert found is not None
        assert np.frombuffer(found, "<i2")[:2].tolist() == [5, 5]
        write("g/a", (1, 0))
        crud.write_encoded_chunk(DOCUMENT, batch, (0, 0), VALUES[0, :3].tobytes() * 2, path="g/a")
        assert crud.read_region(DOCUMENT, batch, (1, 0), path="g/a") == 2
        write("g/a", (3, 0))
        write("g/b")
        crud.delete_chunk(DOCUMENT, batch, (1, 0), path="g/a")
        assert crud.read_region(DOCUMENT, batch, (3, 0), path="g/a") == DOCUMENT["fill_value"]
        crud.delete_node(batch, path="g/b")
        write("g/a", (6, 0))
        crud.create(DOCUMENT, batch, path="g/a", overwrite=True)
        crud.write_metadata(document_members(attributes={"a": 1}), batch, path="g/a")
        assert [path for path, _ in crud.list_children(batch, path="g")] == ["g/a"]
    assert crud.list_chunks(DOCUMENT, store, path="g/a") == []
    assert not [key for key in store._store_dict if key.startswith("g/b")]


def test_what_fails_to_be_deleted_is_still_held(engine: str) -> None:
    """Catches elements that are lost by an error of a deletion."""
    store = MemoryStore()
    with crud.batched_writes(store, engine=engine) as batch:
        crud.write_region(DOCUMENT, batch, (0, 0), 5, detached=True)
        with pytest.raises(NodeNotFoundError):
            crud.delete_node(batch)
        assert crud.read_region(DOCUMENT, batch, (0, 0), detached=True) == 5
    assert crud.list_chunks(DOCUMENT, store, detached=True) == [(0, 0)]


def test_the_end_can_be_awaited_and_cancelled(engine: str) -> None:
    """Catches an asynchronous block that blocks the event loop, or writes after a cancellation."""
    store = AsyncOnlyStore()

    async def fail() -> None:
        async with crud.batched_writes(store, engine=engine) as batch:
            await crud.write_region_async(DOCUMENT, batch, 0, 1, detached=True)
            raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError) as caught:
        asyncio.run(fail())
    assert "3 chunks were not written" in caught.value.__notes__[0]
    assert crud.list_chunks(DOCUMENT, store, detached=True) == []
