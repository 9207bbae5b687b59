"""Keys of a directory without their sizes; the oracle is the listing with them."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import pytest

from zarr.crud._stores.location import Location
from zarr.crud._stores.sized_keys import sized_keys
from zarr.crud._stores.unsized_keys import UNKNOWN, folders_below, in_folders
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NAMES = [
    "a",
    "a.b",
    "b/c",
    "b/c.d",
    "b/d/e",
    "b/d-f",
    "b/z",
    "b.c",
    "ä/0",
    "c/10",
    "c/9",
    "d/e/f/g",
]


class Entry:
    """An entry of a directory that a test sees."""

    def __init__(self, entry: os.DirEntry[str]) -> None:
        self._entry = entry

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entry, name)


def filled(folder: Path) -> list[tuple[str, dict[str, int]]]:
    """Files in a folder, and the oracle."""
    for name in NAMES:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"1")
    (folder / "empty").mkdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(folder / "b" / "pipe")
    return list(in_folders(sized_keys(Location(LocalStore(folder), "")).items()))


def test_keys_come_in_their_order(tmp_path: Path) -> None:
    """Catches names that are sorted in each folder, where `a.b` comes before `a/b`."""
    expected = filled(tmp_path)
    found = folders_below(tmp_path)
    assert found is not None
    assert [(folder, list(names)) for folder, names in found] == [
        (folder, list(names)) for folder, names in expected
    ]
    assert {size for _, names in found for size in names.values()} == {UNKNOWN}
    keys = [f"{folder}/{name}" if folder else name for folder, names in found for name in names]
    assert keys == sorted(NAMES)


@pytest.mark.parametrize("odd", ["b/link", "b/d/loop", "b/nothing"])
def test_a_link_is_left_to_whoever_follows_it(odd: str, tmp_path: Path) -> None:
    """Catches a link that is taken for a file, or followed without an end."""
    filled(tmp_path)
    target = {"link": tmp_path / "a", "loop": tmp_path, "nothing": tmp_path / "gone"}
    (tmp_path / odd).symlink_to(target[odd.rpartition("/")[2]])
    assert folders_below(tmp_path) is None


def test_no_folder_has_no_keys_here(tmp_path: Path) -> None:
    """Catches an error for what `sized_keys` finds to be empty."""
    assert folders_below(tmp_path / "x") is None
    assert folders_below(tmp_path) == []


def test_a_file_that_may_not_be_asked_is_left_to_whoever_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a folder whose names may be read but not its files, which would seem sound."""
    filled(tmp_path)
    scan = os.scandir

    class Denied(Entry):
        def stat(self) -> os.stat_result:
            raise PermissionError(13, "denied", self.path)

    @contextmanager
    def entries(path: str) -> Iterator[Iterator[Entry]]:
        with scan(path) as found:
            yield (Denied(entry) for entry in found)

    monkeypatch.setattr(os, "scandir", entries)
    assert folders_below(tmp_path) is None


def test_names_alone_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches entries that are kept, which are large, and files that are all asked for sizes."""
    for number in range(50):
        for folder in (tmp_path / "a", tmp_path / "a/b"):
            folder.mkdir(parents=True, exist_ok=True)
            (folder / str(number)).touch()
    scan, kept, most, asked = os.scandir, WeakSet[Entry](), [0], list[str]()

    class Counted(Entry):
        def stat(self) -> os.stat_result:
            asked.append(self.path)
            return os.stat(self.path)  # noqa: PTH116

    @contextmanager
    def entries(path: str) -> Iterator[Iterator[Entry]]:
        def each(found: Iterator[os.DirEntry[str]]) -> Iterator[Entry]:
            for entry in found:
                counted = Counted(entry)
                kept.add(counted)
                most[0] = max(most[0], len(kept))
                yield counted
                del counted

        with scan(path) as found:
            yield each(found)

    monkeypatch.setattr(os, "scandir", entries)
    found = folders_below(tmp_path)
    assert found is not None
    assert sum(len(names) for _, names in found) == 100
    assert most[0] <= 6
    assert len(asked) == 2
