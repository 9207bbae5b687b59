"""Documents remember where they were read, so a call need not repeat the path."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest

import zarr
from tests.crud.verbs import LAYOUTS, READS, VALUES, WRITES, call, contents, hierarchy, of_layout
from zarr import crud
from zarr.crud._document import document as _document
from zarr.crud._document import parse as _document_parse
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.errors import NodeNotFoundError
from zarr.storage import (
    FsspecStore,
    LocalStore,
    LoggingStore,
    MemoryStore,
    ObjectStore,
    StorePath,
    WrapperStore,
    ZipStore,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from zarr.abc.store import Store


def read_documents(store: Any) -> list[crud.Document]:
    """The document of `g/a`, from each function that reads documents."""
    return [
        crud.read_metadata(store, path="g/a"),
        asyncio.run(crud.read_metadata_async(store, path="g/a")),
        dict(crud.list_children(store, path="g"))["g/a"],
        dict(asyncio.run(crud.list_children_async(store, path="g")))["g/a"],
    ]


@pytest.mark.parametrize("twin", [False, True], ids=["function", "twin"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_verb_acts_where_its_document_was_read(
    store: Store, engine: str, layout: str, twin: bool
) -> None:
    """Catches fill values from the root, or chunks that are written into a group."""
    hierarchy(store, layout)
    documents = read_documents(store)
    for verb in of_layout(READS, layout):
        expected = call(verb, {**documents[0]}, store, engine, path="g/a")
        for document in documents:
            assert_same(
                np.asarray(call(verb, document, store, engine, twin=twin)), np.asarray(expected)
            )
    for verb in of_layout(WRITES, layout):
        before = contents(store)
        call(verb, documents[0], store, engine, twin=twin)
        after = contents(store)
        changed = {key for key in before | after if before.get(key) != after.get(key)}
        assert changed, verb
        assert all(key.startswith("g/a/") for key in changed), verb


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_document_is_replaced_where_it_was_read(store: Store, engine: str, layout: str) -> None:
    """Catches the document of a node that is written at the root, which is another node."""
    hierarchy(store, layout)
    document = crud.read_metadata(store, path="g/a")
    before = contents(store)
    crud.delete_chunk(document, store, (0, 0))
    crud.write_metadata(document, store, engine=engine)
    asyncio.run(crud.write_metadata_async(document, store, engine=engine))
    changed = {key for key, value in contents(store).items() if before[key] != value}
    assert changed <= {"g/a/zarr.json", "g/a/.zarray"}
    assert crud.read_metadata(store, path="g/a") == document
    crud.write_metadata(crud.read_metadata(store, path="g"), store, engine=engine)
    assert crud.explain(document, store, (0, 0))[engine].serves


def test_a_path_that_is_given_goes_first(store: Store, engine: str) -> None:
    """Catches a root that can no longer be addressed, or a reader of one place used for another."""
    hierarchy(store, "2")
    document = crud.read_metadata(store, path="g/a")
    for _ in range(3):
        assert_same(crud.read_region(document, store, engine=engine), VALUES)
        found = crud.read_region(document, store, path="g/b", engine=engine)
        assert_same(found, VALUES + 100)
        with pytest.raises(NodeNotFoundError):
            crud.read_region(document, store, path="", engine=engine)


def test_documents_of_one_text_know_their_own_places(store: Store, engine: str) -> None:
    """Catches an origin that equal documents share through the cache of parsed documents."""
    hierarchy(store, "3")
    a, b = (crud.read_metadata(store, path=path) for path in ("g/a", "g/b"))
    assert a == b
    assert hash(a) == hash(b)
    for _ in range(3):
        assert_same(crud.read_region(a, store, engine=engine), VALUES)
        assert_same(crud.read_region(b, store, engine=engine), VALUES + 100)


def test_documents_of_one_text_are_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches equal documents that are parsed, and kept in memory, once for each place."""
    parsed: list[Any] = []
    parse = _document_parse.parsed

    def noted(members: Any) -> Any:
        parsed.append(members)
        return parse(members)

    monkeypatch.setattr(_document, "parsed", noted)
    store = MemoryStore()
    attributes: Any = {"only": "here"}
    for name in "abc":
        zarr.create_array(store, name=name, shape=3, dtype="i2", attributes=attributes)
    documents = [crud.read_metadata(store, path=name) for name in "abc"]
    for document in documents:
        crud.read_region(document, store, engine="reference")
    assert len(parsed) == 1
    made: list[Any] = []
    assert len({id(document.derive(made.append)) for document in documents}) == 1
    assert len(made) == 1


def same_stores(tmp_path: Path) -> dict[str, tuple[Any, Any]]:
    """Pairs of arguments that name the same store."""
    (tmp_path / "link").symlink_to(tmp_path / "x", target_is_directory=True)
    (tmp_path / "x").mkdir()
    memory, shared = MemoryStore(), dict[str, Any]()
    obstores = obstore.store.MemoryStore()
    zipped = tmp_path / "x.zip"
    with ZipStore(zipped, mode="w") as archive:
        hierarchy(archive, "3")
    wrapped = AsyncOnlyStore(memory)
    return {
        "the same object": (wrapped, wrapped),
        "a name and a path": (str(tmp_path / "x"), tmp_path / "x"),
        "a store and a name": (LocalStore(tmp_path / "x"), str(tmp_path / "x")),
        "a link": (tmp_path / "x", tmp_path / "link"),
        "a URL": (f"file://{tmp_path / 'x'}", tmp_path / "x"),
        "to read only": (
            LocalStore(tmp_path / "x"),
            LocalStore(tmp_path / "x").with_read_only(read_only=True),
        ),
        "memory": (memory, MemoryStore(memory._store_dict)),
        "memory to read only": (memory, memory.with_read_only(read_only=True)),
        "a dict": (shared, shared),
        "a dict and a store": (shared, MemoryStore(shared)),
        "memory by name": (f"memory://{tmp_path.name}", f"memory://{tmp_path.name}"),
        "a log": (LoggingStore(LocalStore(tmp_path / "x")), tmp_path / "x"),
        "a wrapper": (memory, WrapperStore(memory)),
        "an archive": (ZipStore(zipped, mode="r"), ZipStore(zipped, mode="r")),
        "a remote URL": (
            FsspecStore.from_url(f"memory://{tmp_path}", read_only=False),
            FsspecStore.from_url(f"memory://{tmp_path}", read_only=True),
        ),
        "obstore": (obstores, obstores),
        "obstore and a store": (obstores, ObjectStore(obstores)),
        "a path in a store": (StorePath(memory, "g"), memory),
    }


@pytest.mark.parametrize("which", [
    "the same object", "a name and a path", "a store and a name", "a link", "a URL", "to read only",
    "memory", "memory to read only", "a dict", "a dict and a store", "memory by name", "a log",
    "a wrapper", "an archive", "a remote URL", "obstore", "obstore and a store",
    "a path in a store",
])  # fmt: skip
def test_a_store_at_the_same_place_is_the_same(which: str, tmp_path: Path, engine: str) -> None:
    """Catches a read that needs a path because each call makes a new store object from a name."""
    first, second = same_stores(tmp_path)[which]
    below = "a" if isinstance(first, StorePath) else "g/a"
    if which != "an archive":
        whole: Any = first.store if isinstance(first, StorePath) else first
        hierarchy(ObjectStore(whole) if which.startswith("obstore") else whole, "3")
    for given in (first, second):
        document = crud.read_metadata(first, path=below)
        gc.collect()
        assert_same(crud.read_region(document, given, engine=engine), VALUES)


@pytest.mark.parametrize("kind", ["memory", "local", "async-only", "obstore", "dict"])
def test_another_store_is_read_at_its_root(kind: str, tmp_path: Path, engine: str) -> None:
    """Catches a write to the origin, instead of to another store that holds a copy of the array."""
    makers: dict[str, Callable[[str], Any]] = {
        "memory": lambda _: MemoryStore(),
        "local": lambda name: LocalStore(tmp_path / name),
        "async-only": lambda _: AsyncOnlyStore(),
        "obstore": lambda _: obstore.store.MemoryStore(),
        "dict": lambda _: {},
    }
    one, other = (makers[kind](name) for name in "ab")
    hierarchy(ObjectStore(one) if kind == "obstore" else one, "3")
    document = crud.read_metadata(one, path="g/a")
    crud.create(document, other, engine=engine)
    crud.write_region(document, other, ..., VALUES * 2, engine=engine)
    assert_same(crud.read_region(document, other, path="", engine=engine), VALUES * 2)
    assert_same(crud.read_region(document, one, engine=engine), VALUES)


def test_a_path_in_a_store_that_names_another_node_is_that_node(engine: str) -> None:
    """Catches a document's origin that takes precedence over the node that the caller names."""
    store = MemoryStore()
    hierarchy(store, "3")
    document = crud.read_metadata(store, path="g/a")
    for base, expected in (("", VALUES), ("g", VALUES), ("g/a", VALUES), ("g/b", VALUES + 100)):
        found = crud.read_region(document, StorePath(store, base), engine=engine)
        assert_same(found, expected)
    with pytest.raises(NodeNotFoundError):
        crud.read_region(document, StorePath(store, "g/aa"), engine=engine)


def test_what_is_no_document_of_a_store_is_at_the_root(store: Store, engine: str) -> None:
    """Catches an origin that a new mapping or a metadata object inherits."""
    hierarchy(store, "2")
    document = crud.read_metadata(store, path="g/a")
    array = zarr.open_array(store, path="g/a")
    for metadata in ({**document}, dict(document), array.metadata, crud.Document(document.text)):
        with pytest.raises(NodeNotFoundError):
            crud.read_region(metadata, store, engine=engine)
        assert_same(crud.read_region(metadata, store, path="g/a", engine=engine), VALUES)
        assert_same(crud.read_region(metadata, array.store_path, engine=engine), VALUES)
