"""The keys in a directory, in the order of keys, without a question about each file."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from zarr.crud._stores.cancellation import check_cancelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

UNKNOWN: Final = -1
"""The size of a value that nobody has asked for."""

type Folder = tuple[str, dict[str, int]]
"""A folder of keys, and the names in it that follow each other, with the sizes of their values."""


def folders_below(root: Path) -> list[Folder] | None:
    """Return the files below a folder, relative to it, with unknown sizes.

    `None` if there is a link or an error among them, or no folder: `files_below` knows what to do.
    """
    try:
        return list(_folders("", os.fspath(root)))
    except (OSError, RecursionError):
        return None


def _folders(folder: str, path: str) -> Iterator[Folder]:
    check_cancelled()
    names, folders = list[str](), 0
    with os.scandir(path) as found:
        for entry in found:
            if entry.is_file(follow_symlinks=False):
                if len(names) == folders:
                    # Whether files may be asked for their sizes is the same for all of a folder.
                    entry.stat()
                names.append(entry.name)
            elif entry.is_dir(follow_symlinks=False):
                # A folder has its place among keys with the slash that follows its name.
                names.append(f"{entry.name}/")
                folders += 1
            elif entry.is_symlink():
                raise OSError(f"there is a link in {path}")
    names.sort()
    if folders:
        yield from _runs(folder, path, names)
    elif names:
        yield folder, dict.fromkeys(names, UNKNOWN)


def _runs(folder: str, path: str, names: Iterable[str]) -> Iterator[Folder]:
    files: dict[str, int] = {}
    for name in names:
        if not name.endswith("/"):
            files[name] = UNKNOWN
            continue
        if files:
            yield folder, files
            files = {}
        below = name[:-1]
        yield from _folders(f"{folder}/{below}" if folder else below, f"{path}/{below}")
    if files:
        yield folder, files


def in_folders(sizes: Iterable[tuple[str, int]]) -> Iterator[Folder]:
    """Group keys, which are sorted, by their folders.

    Examples
    --------
    >>> list(in_folders([("a/b", 1), ("a/b.c", 2), ("d", 3)]))
    [('a', {'b': 1, 'b.c': 2}), ('', {'d': 3})]
    """
    before, names = "", dict[str, int]()
    for key, size in sizes:
        folder, _, name = key.rpartition("/")
        if folder != before and names:
            yield before, names
            names = {}
        before = folder
        names[name] = size
    if names:
        yield before, names
