"""Temporary files of killed processes are removed; all other files stay."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from zarr.crud._stores import leftovers
from zarr.crud._stores.file_locks import open_file, release, try_lock
from zarr.crud._stores.leftovers import SUFFIX, look_beside, look_is_due, remove_among

HEX = "0123456789abcdef" * 2
OURS = [f"0.{HEX}{SUFFIX}", f".{HEX}{SUFFIX}", f"zarr.json.{HEX}{SUFFIX}"]
OTHERS = [
    "0",
    SUFFIX,
    f"{HEX}{SUFFIX}",
    f"0.{HEX[1:]}{SUFFIX}",
    f"0.{HEX}0{SUFFIX}",
    f"0.{HEX.upper()}{SUFFIX}",
    f"0.{HEX}{SUFFIX}.old",
    f"0.{HEX}.partial",
    f"0.{HEX[:-1]}g{SUFFIX}",
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which every file counts as old: no test can make a file older than it is."""
    monkeypatch.setattr(leftovers, "AGE", -1.0)
    for name in (*OURS, *OTHERS):
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_files_of_our_form_are_removed_and_no_others(folder: Path) -> None:
    """Catches a chunk or another program's file that is deleted."""
    remove_among(folder, sorted(names(folder)))
    assert names(folder) == set(OTHERS)


def test_names_may_lie_in_folders_below(folder: Path) -> None:
    """Catches a failure for a listing of all keys, whose names contain slashes."""
    below = Path("a") / "c" / OURS[0]
    (folder / below).parent.mkdir(parents=True)
    (folder / below).touch()
    remove_among(folder, [below.as_posix(), "a/none.crud.partial"])
    assert not (folder / below).exists()
    assert (folder / OURS[0]).exists()


def test_young_files_stay(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches the deleted file of a writer that has not locked it yet; its time may be set back."""
    monkeypatch.setattr(leftovers, "AGE", 24 * 3600.0)
    os.utime(folder / OURS[0], (0, 0))
    look_beside(folder / "0")
    assert names(folder) == {*OURS, *OTHERS}


def test_a_locked_file_stays(folder: Path) -> None:
    """Catches the deleted file of a process that was suspended for a day."""
    fd = open_file(folder / OURS[0])
    assert fd is not None
    assert try_lock(fd, folder / OURS[0])
    look_beside(folder / "0")
    assert names(folder) == {OURS[0], *OTHERS}
    release(fd)
    look_beside(folder / "0")
    assert names(folder) == set(OTHERS)


def test_links_folders_and_pipes_stay(folder: Path) -> None:
    """Catches a link whose target is deleted, or a wait for the writer of a FIFO."""
    link, pipe, inner = (folder / f"{n}.{HEX}{SUFFIX}" for n in ("link", "pipe", "folder"))
    link.symlink_to(folder / "0")
    os.mkfifo(pipe)
    inner.mkdir()
    look_beside(folder / "0")
    assert names(folder) == {link.name, pipe.name, inner.name, *OTHERS}


def test_a_huge_folder_is_examined_in_part(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a write that takes seconds because of other files in its folder."""
    monkeypatch.setattr(leftovers, "MOST", 0)
    look_beside(folder / "0")
    assert names(folder) == {*OURS, *OTHERS}
    look_beside(folder / "none" / "0")


def test_a_look_is_due_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a listing of the folder at every write."""
    now = [100.0]
    monkeypatch.setattr(leftovers, "_next_look", 0.0)
    monkeypatch.setattr(leftovers, "time", SimpleNamespace(monotonic=lambda: now[0]))
    found = []
    for now[0] in (100.0, 100.5, 100.99, 101.0, 101.5, 300.0):
        found.append(look_is_due())
    assert found == [True, False, False, True, False, True]
