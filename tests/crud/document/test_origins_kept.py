"""What documents keep of the stores that they were read from, in copies, pickles and caches."""

from __future__ import annotations

import copy
import gc
import pickle
import weakref
from typing import TYPE_CHECKING, Any, ClassVar

import icechunk
import obstore
import pytest

import zarr
from tests.crud.verbs import READS, VALUES, WRITES, call, contents, hierarchy, of_layout
from zarr import crud
from zarr.crud.reference import ReferenceBackend
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.errors import ContainsArrayError, ContainsGroupError, NodeNotFoundError
from zarr.storage import (
    FsspecStore,
    LocalStore,
    MemoryStore,
)

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store


def test_a_document_is_equal_and_copied_whatever_its_origin() -> None:
    """Catches sets and dictionaries of documents that depend on their origins."""
    store = MemoryStore()
    hierarchy(store, "3")
    document = crud.read_metadata(store, path="g/a")
    assert {document, crud.Document(document.text)} == {crud.read_metadata(store, path="g/b")}
    for copied in (copy.copy(document), copy.deepcopy(document), copy.deepcopy([document])[0]):
        assert copied == document
        assert_same(crud.read_region(copied, store, engine="reference"), VALUES)


def test_a_pickle_keeps_the_path_of_a_file_system(tmp_path: Path, engine: str) -> None:
    """Catches workers that read the root, where fill values look like data."""
    store = LocalStore(tmp_path / "x")
    hierarchy(store, "3")
    document, (given, loaded) = crud.read_metadata(store, path="g/a"), (store, None)
    given, loaded = pickle.loads(pickle.dumps((store, document)))
    assert loaded == document
    for name in (given, str(tmp_path / "x")):
        assert_same(crud.read_region(loaded, name, engine=engine), VALUES)
    again = pickle.loads(pickle.dumps(loaded))
    assert_same(crud.read_region(again, tmp_path / "x", engine=engine), VALUES)
    with pytest.raises(NodeNotFoundError):
        crud.read_region(loaded, tmp_path / "y", engine=engine)


def test_what_a_pickle_could_not_keep_is_asked_for(engine: str) -> None:
    """Catches a guess at the root of a store that may not be the same."""
    store = MemoryStore()
    hierarchy(store, "3")
    zarr.create_array(root := MemoryStore(), data=VALUES, chunks=(3, 2))
    loaded = pickle.loads(pickle.dumps(crud.read_metadata(store, path="g/a")))
    for verb in of_layout(READS | WRITES, "3"):
        with pytest.raises(crud.InvalidPathError, match="pass path="):
            call(verb, loaded, store, engine)
    assert_same(crud.read_region(loaded, store, path="g/a", engine=engine), VALUES)
    at_root = pickle.loads(pickle.dumps(crud.read_metadata(root)))
    assert_same(crud.read_region(at_root, root, engine=engine), VALUES)


def test_a_pickle_holds_no_client_of_a_remote_store() -> None:
    """Catches credentials in a pickle: the options of the client contain them."""
    store = FsspecStore.from_url("memory://origins/secret", storage_options={"key": "s3cr3t"})
    store = store.with_read_only(read_only=False)
    hierarchy(store, "3")
    assert b"s3cr3t" not in pickle.dumps(crud.read_metadata(store, path="g/a"))


def test_a_relative_name_is_of_the_directory_where_it_was_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    """Catches a store of the same name in another directory."""
    for name in "ab":
        (tmp_path / name).mkdir()
        hierarchy(LocalStore(tmp_path / name / "x"), "2")
    monkeypatch.chdir(tmp_path / "a")
    document = crud.read_metadata("x", path="g/a")
    assert_same(crud.read_region(document, "x", engine=engine), VALUES)
    assert_same(crud.read_region(document, "../a/x", engine=engine), VALUES)
    monkeypatch.chdir(tmp_path / "b")
    with pytest.raises(NodeNotFoundError):
        crud.read_region(document, "x", engine=engine)
    assert_same(crud.read_region(document, tmp_path / "a" / "x", engine=engine), VALUES)


@pytest.mark.parametrize("given", ["store", "dict"])
def test_no_cache_keeps_a_store_alive(given: str, engine: str) -> None:
    """Catches every store from which a document was ever read, kept in memory."""

    class Marked(dict[str, Any]):
        pass

    values = Marked()
    store: Any = MemoryStore(values) if given == "store" else values
    hierarchy(store, "3")
    document: crud.Document | None = crud.read_metadata(store, path="g/a")
    assert document is not None
    shared = document._read_from(None)
    crud.read_region(document, store, engine=engine)
    gone = weakref.ref(values)
    if given == "dict":
        # Only the document's owner holds the arguments that it was given.
        document = None
    del store, values
    gc.collect()
    assert gone() is None
    assert shared.shape == (7, 5)


def test_a_document_of_a_store_that_is_gone_needs_a_path_in_one_of_its_class(
    engine: str, tmp_path: Path
) -> None:
    """Catches a read at the root, because a read-only view of the store was freed early."""
    store = MemoryStore()
    hierarchy(store, "3")
    document = crud.read_metadata(store.with_read_only(read_only=True), path="g/a")
    gc.collect()
    with pytest.raises(crud.InvalidPathError, match="pass path="):
        crud.read_region(document, store, engine=engine)
    assert_same(crud.read_region(document, store, path="g/a", engine=engine), VALUES)
    crud.create(document, tmp_path)
    crud.write_region(document, tmp_path, ..., VALUES, engine=engine)
    assert_same(crud.read_region(document, tmp_path, path="", engine=engine), VALUES)
    wrapped = crud.read_metadata(AsyncOnlyStore(store), path="g/a")
    gc.collect()
    with pytest.raises(crud.InvalidPathError, match="pass path="):
        crud.read_region(wrapped, AsyncOnlyStore(store), engine=engine)


def test_a_session_gives_a_new_store_at_each_call(engine: str) -> None:
    """Catches documents read through one store object that the next one does not recognize."""
    repository = icechunk.Repository.create(icechunk.in_memory_storage())
    session, other = (repository.writable_session("main") for _ in "ab")
    hierarchy(session.store, "3")
    document = crud.read_metadata(session.store, path="g/a")
    gc.collect()
    assert_same(crud.read_region(document, session.store, engine=engine), VALUES)
    crud.create(document, other.store)
    assert crud.read_region(document, other.store, (0, 0), path="", engine=engine) == 0


def test_a_node_is_made_anew_where_its_document_was_read(store: Store, engine: str) -> None:
    """Catches another node that is written at the root, and replaces the whole hierarchy."""
    hierarchy(store, "3")
    document = crud.read_metadata(store, path="g/a")
    with pytest.raises(ContainsArrayError, match="'g/a'"):
        crud.create(document, store, engine=engine)
    with pytest.raises(ContainsGroupError):
        crud.create(document, store, path="", engine=engine)
    crud.create(document, store, overwrite=True, engine=engine)
    assert crud.list_chunks(document, store) == []
    found = crud.read_region(document, store, path="g/b", engine=engine)
    assert_same(found, VALUES + 100)
    crud.delete_node(store, path="g/a")
    crud.create(document, store, engine=engine)
    assert sorted(path for path, _ in crud.list_children(store, path="g")) == ["g/a", "g/b"]


@pytest.mark.parametrize("kind", ["local", "memory", "wrapped"])
def test_nothing_is_replaced_by_a_document_from_below_another_store(
    kind: str, tmp_path: Path, engine: str
) -> None:
    """Catches an unrecognized store, in which one node replaces the whole hierarchy."""
    stores: dict[str, Any] = {
        "local": lambda: obstore.store.LocalStore(tmp_path),
        "memory": MemoryStore,
        "wrapped": lambda: AsyncOnlyStore(LocalStore(tmp_path)),
    }
    hierarchy(LocalStore(tmp_path), "3")
    document = crud.read_metadata(LocalStore(tmp_path), path="g/a")
    other = stores[kind]()
    before = contents(LocalStore(tmp_path))
    with pytest.raises(crud.InvalidPathError, match="would replace all that is stored"):
        crud.create(document, other, overwrite=True, engine=engine)
    assert contents(LocalStore(tmp_path)) == before
    crud.create(document, MemoryStore(), path="", overwrite=True, engine=engine)


class Noted(ReferenceBackend):
    """A backend that records the calls of its reader."""

    name: ClassVar[str] = "noted"

    def __init__(self) -> None:
        self.asked: list[Any] = []

    def reader(self, document: Any, location: Any) -> Any:
        asked = self.asked

        class Reader:
            def read_chunk(self, index: Any, /) -> Any:
                asked.append((location.path, index))

            def read_region(self, selection: Any, /) -> Any:
                asked.append((location.path, selection))

        return Reader()


def test_reads_without_a_path_takes_the_fast_path() -> None:
    """Catches a reader that is looked up at every read, or never."""
    store, backend = MemoryStore(), Noted()
    hierarchy(store, "3")
    document = crud.read_metadata(store, path="g/a")
    with crud.register_backend(backend):
        for _ in range(2):
            crud.read_region(document, store, (1, 2), engine="noted")
            crud.read_chunk(document, store, (1, 2), engine="noted")
        crud.read_region(document, store, (1, 2), path="g/a", engine="noted")
        kept = [key for key in document._readers if key[2] == "noted"]
    assert backend.asked == [("g/a", (1, 2))] * 5
    assert len(kept) == 1
