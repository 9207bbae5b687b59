"""`repair` deletes leftovers and nothing else, after it has asked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest

import zarr
from tests.crud.verify.archives import change, get, hierarchy, put
from tests.crud.verify.faults import FAULTS, HEX
from zarr import crud
from zarr.crud._stores.file_locks import hold, unlock
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import FsspecStore, LocalStore, LoggingStore, ObjectStore

if TYPE_CHECKING:
    from pathlib import Path


def never(_: list[str]) -> bool:
    """Fail if `repair` asks."""
    raise AssertionError("it asked although nothing is to be deleted")


@pytest.mark.parametrize("name", FAULTS)
@pytest.mark.parametrize("beyond_grid", [False, True])
def test_only_leftovers_are_deleted(name: str, beyond_grid: bool) -> None:
    """Catches a document or a chunk that is lost, whatever is wrong with the archive."""
    fault = FAULTS[name]
    store = fault.make()
    fault.inject(store)
    before = dict(store._store_dict)
    report = crud.verify(store, level="decode")
    gone = crud.repair(report, store, confirm=lambda keys: True, beyond_grid=beyond_grid)
    deletes = fault.kind == "leftover" or (beyond_grid and fault.kind == "beyond-grid")
    assert gone == ((fault.key,) if deletes else ())
    assert before.keys() - store._store_dict.keys() == set(gone)
    assert all(store._store_dict[key] is value for key, value in before.items() if key not in gone)


def test_nothing_is_deleted_without_a_yes() -> None:
    """Catches an answer that is only nearly yes."""
    store = hierarchy()
    put(store, "raw/c/0/0#1", b"x")
    report = crud.verify(store)
    asked: list[list[str]] = []
    for answer in (False, None, 0, 1, "yes"):

        def confirm(keys: list[str], answer: Any = answer) -> Any:
            asked.append(keys)
            return answer

        assert crud.repair(report, store, confirm=confirm) == ()
    assert asked == [["raw/c/0/0#1"]] * 5
    assert "raw/c/0/0#1" in store._store_dict


def test_what_has_become_a_chunk_is_kept() -> None:
    """Catches a report of yesterday that deletes what belongs to the array today."""
    store = hierarchy()
    put(store, "raw/c/3/0", b"x" * 24)
    report = crud.verify(store)
    document = crud.read_metadata(store, path="raw")
    crud.write_metadata({**document, "shape": [10, 5]}, store, path="raw")
    assert crud.repair(report, store, confirm=never, beyond_grid=True) == ()
    assert "raw/c/3/0" in store._store_dict


def test_what_becomes_a_chunk_while_the_user_thinks_is_kept() -> None:
    """Catches a chunk that is deleted because it was beyond the grid before the question."""
    store = hierarchy()
    put(store, "raw/c/3/0", b"x" * 24)
    put(store, "raw/c/9/0", b"x" * 24)
    report = crud.verify(store)

    def confirm(keys: list[str]) -> bool:
        assert keys == ["raw/c/3/0", "raw/c/9/0"]
        zarr.open_array(store, path="raw").resize((10, 5))
        return True

    gone = crud.repair(report, store, confirm=confirm, beyond_grid=True)
    assert gone == ("raw/c/9/0",)
    assert "raw/c/3/0" in store._store_dict


EDITS: dict[str, Any] = {
    "other shape": lambda store: None,
    "damaged": lambda store: put(store, ".zarray", b"{"),
    "unknown codec": lambda store: change(
        store, ".zarray", lambda array: array.update(compressor={"id": "acme"})
    ),
}


@pytest.mark.parametrize("name", EDITS)
def test_chunks_of_the_other_format_are_kept(name: str) -> None:
    """Catches a chunk that only the document of format 2 counts in."""
    store = zarr.storage.MemoryStore()
    zarr.create_array(store, data=np.arange(8), chunks=2, zarr_format=2)
    other = zarr.storage.MemoryStore()
    keys: Any = {"name": "v2", "separator": "."}
    zarr.create_array(other, shape=(4,), dtype="i8", chunks=2, chunk_key_encoding=keys)
    put(store, "zarr.json", get(other, "zarr.json"))
    EDITS[name](store)
    report = crud.verify(store)
    assert "beyond-grid" in {one.kind for one in report.findings}
    assert crud.repair(report, store, confirm=never, beyond_grid=True) == ()
    assert {"0", "1", "2", "3"} <= store._store_dict.keys()


LOCAL: dict[str, Any] = {
    "file URL": lambda path: FsspecStore.from_url(f"file://{path}"),
    "local URL": lambda path: FsspecStore.from_url(f"local://{path}"),
    "obstore": lambda path: ObjectStore(obstore.store.LocalStore(path)),
    "cleaning": lambda path: ObjectStore(obstore.store.LocalStore(path, automatic_cleanup=True)),
    "wrapped": lambda path: LoggingStore(LocalStore(path)),
    # Of a wrapper of an unknown class, nobody can tell which file a key is.
    "unknown": lambda path: AsyncOnlyStore(LocalStore(path)),
}


@pytest.mark.parametrize("kind", LOCAL)
def test_files_of_writers_stay_in_local_stores_of_other_libraries(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a temporary file that is deleted under its writer through another library."""
    hierarchy(LocalStore(tmp_path))
    names = {name: f"raw/c/0/{name}.{HEX}.crud.partial" for name in ("free", "locked")}
    for name in names.values():
        (tmp_path / name).write_bytes(b"x")
    store = LOCAL[kind](tmp_path)
    report = crud.verify(store)
    assert [one.key for one in report.findings if one.kind == "leftover"] == [*names.values()]
    assert crud.repair(report, store, confirm=never) == ()
    # The system maintains the time of the last change, so a test cannot make a file old.
    monkeypatch.setattr("zarr.crud._stores.leftovers.AGE", -1.0)
    fd = os.open(tmp_path / names["locked"], os.O_RDONLY)
    try:
        assert hold(fd, tmp_path / names["locked"])
        gone = crud.repair(report, store, confirm=lambda keys: True)
    finally:
        unlock(fd)
        os.close(fd)
    assert gone == (() if kind == "unknown" else (names["free"],))
    assert (tmp_path / names["locked"]).exists()


def test_files_of_living_and_recent_writers_stay(tmp_path: Path) -> None:
    """Catches a temporary file that is deleted under its writer."""
    hierarchy(LocalStore(tmp_path))
    files = {
        name: tmp_path / "raw" / "c" / "0" / f"{name}.{HEX}.partial"
        for name in ("old", "new", "locked")
    }
    for name, file in files.items():
        file.write_bytes(b"x")
        if name != "new":
            os.utime(file, (0, 0))
    report = crud.verify(tmp_path)
    assert {one.kind for one in report.findings} == {"leftover"}
    asked: list[list[str]] = []

    def confirm(keys: list[str]) -> bool:
        asked.append(keys)
        return True

    fd = os.open(files["locked"], os.O_RDONLY)
    with pytest.MonkeyPatch.context() as patch:
        # The system maintains the time of the last change, so a test cannot make a file old.
        patch.setattr("zarr.crud._stores.leftovers.AGE", -1.0)
        try:
            assert hold(fd, files["locked"])
            files["new"].unlink()
            gone = crud.repair(report, tmp_path, confirm=confirm)
        finally:
            unlock(fd)
            os.close(fd)
    old = f"raw/c/0/old.{HEX}.partial"
    assert gone == (old,)
    assert asked == [[old]]
    assert files["locked"].exists()
    assert crud.repair(crud.verify(tmp_path), tmp_path, confirm=never) == ()


def test_wrong_arguments_are_named() -> None:
    """Catches a report of one store that deletes from another."""
    store = hierarchy()
    put(store, "raw/c/0/0#1", b"x")
    report = crud.verify(store)
    with pytest.raises(ValueError, match="the report is of MemoryStore"):
        crud.repair(report, hierarchy(), confirm=never)
    wrong: Any = {}
    with pytest.raises(TypeError, match=r"report is \{\}; use what `verify` returns"):
        crud.repair(wrong, store, confirm=never)
    with pytest.raises(TypeError, match="confirm is True; use a function"):
        crud.repair(report, store, confirm=True)  # type: ignore[arg-type]
    read_only = store.with_read_only(read_only=True)
    with pytest.raises(crud.ReadOnlyError):
        crud.repair(crud.verify(read_only), read_only, confirm=never)
