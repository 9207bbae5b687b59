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
    with os.scandir(path) as found:
        entries = list(found)
    files = [entry for entry in entries if entry.is_file(follow_symlinks=False)]
    if files:
        # Whether files may be asked for their sizes is the same for all of a folder.
        files[0].stat()
    names = [entry.name for entry in files]
    if len(files) < len(entries):
        # A folder has its place among keys with the slash that follows its name.
        names += [f"{entry.name}/" for entry in entries if entry.is_dir(follow_symlinks=False)]
        if any(entry.is_symlink() for entry in entries):
            raise OSError(f"there is a link in {path}")
    names.sort()
    if len(names) > len(files):
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
