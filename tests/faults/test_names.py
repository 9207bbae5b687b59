"""Names of nodes that point outside of a store, name nothing, or are longer than any file name."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from zarr import crud
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DOCUMENT = document_members()


def verbs(store: Any, path: str, engine: Any) -> dict[str, Callable[[], object]]:
    """Every function that takes a path."""
    common: Any = {"path": path, "engine": engine}
    place: Any = {"path": path}
    return {
        "create": lambda: crud.create(DOCUMENT, store, **common),
        "overwrite": lambda: crud.create(DOCUMENT, store, overwrite=True, **common),
        "write_metadata": lambda: crud.write_metadata(DOCUMENT, store, **common),
        "write_region": lambda: crud.write_region(DOCUMENT, store, ..., 1, **common),
        "write_chunk": lambda: crud.write_chunk(DOCUMENT, store, (0, 0), 1, **common),
        "write_encoded_chunk": lambda: crud.write_encoded_chunk(
            DOCUMENT, store, (0, 0), b"", **place
        ),
        "read_region": lambda: crud.read_region(DOCUMENT, store, **common),
        "read_chunk": lambda: crud.read_chunk(DOCUMENT, store, (0, 0), **common),
        "read_encoded_chunk": lambda: crud.read_encoded_chunk(DOCUMENT, store, (0, 0), **place),
        "read_metadata": lambda: crud.read_metadata(store, **common),
        "delete_chunk": lambda: crud.delete_chunk(DOCUMENT, store, (0, 0), **place),
        "delete_node": lambda: crud.delete_node(store, **common),
        "list_chunks": lambda: crud.list_chunks(DOCUMENT, store, **place),
        "list_children": lambda: crud.list_children(store, **common),
    }


LEADS_OUT = ["..", "a/..", "../x", "/../x", "a/../../b", "..\\x", "a\\..\\..\\b", "..//x"]
NAMES_NOTHING = [".", "a/./b", "./a", "a\0b", "\0", "\ud800", "a/\udcff", "\udc80\ud800"]


@pytest.mark.parametrize("path", [*LEADS_OUT, *NAMES_NOTHING], ids=ascii)
def test_what_names_no_node_is_refused_by_every_verb(
    engine: str, path: str, tmp_path: Path
) -> None:
    """Catches files outside of the root, and untyped errors of an encoder."""
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "zarr.json").write_text("{}")
    for store in (LocalStore(tmp_path / "root"), MemoryStore()):
        told = set()
        for call in verbs(store, path, engine).values():
            with pytest.raises(crud.InvalidPathError) as caught:
                call()
            told.add(str(caught.value))
        assert len(told) == 1
        assert all(text.startswith(f"the path {path!r} ") for text in told)
        assert isinstance(store, LocalStore) or not store._store_dict
    assert sorted(found.name for found in tmp_path.rglob("*")) == ["x", "zarr.json"]


TOO_LONG = ["x" * 256, "é" * 128, "/".join(["y" * 200] * 30), "." * 300]


@pytest.mark.parametrize("path", TOO_LONG, ids=["256", "128 of two bytes", "6029", "dots"])
def test_names_longer_than_any_file_are_errors_of_the_system(
    engine: str, path: str, tmp_path: Path
) -> None:
    """Catches such a name that counts as absent, or is created in part. In other stores it is a
    name like any other.
    """
    root = tmp_path / "root"
    for verb, call in verbs(LocalStore(root), path, engine).items():
        if verb == "list_chunks":
            continue
        with pytest.raises(OSError, match="too long") as caught:
            call()
        assert caught.value.errno == errno.ENAMETOOLONG
        assert str(caught.value.filename).startswith(f"{root}/")
    assert [found for found in tmp_path.rglob("*") if found != root] == []
    works(MemoryStore(), path, engine)


def works(store: Any, path: str, engine: Any) -> None:
    """Create a node there, write it, read it with every engine, and delete it."""
    crud.create(DOCUMENT, store, path=path, engine=engine)
    values = np.arange(35).reshape(7, 5)
    crud.write_region(DOCUMENT, store, ..., values, path=path, engine=engine)
    for reader in ("reference", "zarrs"):
        found = crud.read_region(DOCUMENT, store, path=path, engine=reader)
        assert np.array_equal(found, values)
    assert np.array_equal(np.asarray(zarr.open_array(store, path=path)[...]), values)
    crud.delete_node(store, path=path, engine=engine)
    assert crud.list_chunks(DOCUMENT, store, path=path, detached=True) == []


@pytest.mark.parametrize(
    "path",
    [
        *(
            "x" * 255,
            "é",
            "e\u0301",
            "100%",
            "%2e%2e",
            "%2E%2E/x",
            "%00",
            "c/0",
            "c/0/0",
            " ",
            "...",
        ),
        *("a\nb", "~", "$HOME", "*", "con", "a:b", "__x", "\u202e", "zarr.json/x", "\U0001f600"),
    ],
    ids=ascii,
)
@pytest.mark.parametrize("kind", ["local", "memory"])
def test_unusual_names_are_taken_as_they_are(
    engine: str, path: str, kind: str, tmp_path: Path
) -> None:
    """Catches a name that is decoded, expanded, normalized, or taken for a chunk key."""
    root = tmp_path / "root"
    if path == "zarr.json/x":
        # The document of the root and a folder cannot have the same name.
        kind = "memory"
    works(LocalStore(root) if kind == "local" else MemoryStore(), path, engine)
    assert {found.name for found in tmp_path.iterdir()} <= {"root"}


def test_names_that_look_alike_are_two_nodes(engine: str, tmp_path: Path) -> None:
    """Catches names that become one by Unicode normalization or letter case."""
    names = ["\u00e9", "e\u0301", "a", "A", "%61"]
    for number, name in enumerate(names):
        crud.create(DOCUMENT, tmp_path, path=name, engine=engine)
        crud.write_region(DOCUMENT, tmp_path, (0, 0), number, path=name, engine=engine)
    for number, name in enumerate(names):
        assert crud.read_region(DOCUMENT, tmp_path, (0, 0), path=name, engine=engine) == number
    children = crud.list_children(tmp_path, engine=engine)
    assert sorted(name for name, _ in children) == sorted(names)
