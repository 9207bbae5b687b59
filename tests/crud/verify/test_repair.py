"""`repair` deletes leftovers and nothing else, after it has asked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.crud.verify.archives import hierarchy, put
from tests.crud.verify.faults import FAULTS, HEX
from zarr import crud
from zarr.crud._stores.file_locks import hold, unlock
from zarr.storage import LocalStore

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
