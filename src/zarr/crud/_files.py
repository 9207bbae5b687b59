"""Files of chunks on a local disk, put in place whole: readers keep the old bytes."""

from __future__ import annotations

import errno
import os
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from zarr.crud._claims import ABSENT

if TYPE_CHECKING:
    from collections.abc import Buffer, Callable
    from pathlib import Path

    from zarr.crud._options import Locking

_NO_LINKS: Final = {errno.ENOTSUP, errno.ENOSYS, errno.EPERM, errno.EACCES}


def replace(path: Path, data: Buffer, *, fsync: bool) -> None:
    """Put `data` in the place of what is stored, if anything is."""

    def place(name: Path) -> bool:
        name.replace(path)
        return True

    _write(path, data, place, fsync=fsync)


def create(path: Path, data: Buffer, locking: Locking, *, fsync: bool) -> bool:
    """Store `data` where nothing is; `False` where somebody else was first."""

    def place(name: Path) -> bool:
        try:
            path.hardlink_to(name)
        except FileExistsError:
            # A link that leads nowhere is no value, but it takes the name.
            if not path.is_symlink() or path.exists():
                name.unlink()
                return False
            name.replace(path)
        except OSError as err:
            if locking == "processes" or err.errno not in _NO_LINKS:
                raise
            name.replace(path)
        else:
            # A second name of the new file harms nobody.
            with suppress(OSError):
                name.unlink()
        return True

    return _write(path, data, place, fsync=fsync)


def delete(path: Path) -> None:
    """Delete what is stored; nothing is fine."""
    with suppress(*ABSENT):
        path.unlink()


def _write(path: Path, data: Buffer, place: Callable[[Path], bool], *, fsync: bool) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    name = path.with_name(f"{path.name}.{uuid.uuid4().hex}.partial")
    try:
        with name.open("xb") as file:
            file.write(data)
            if fsync:
                file.flush()
                os.fsync(file.fileno())
        return place(name)
    except BaseException as err:
        with suppress(OSError):
            name.unlink()
        if isinstance(err, OSError):
            err.filename, err.filename2 = str(path), None
        raise


def sync_folders(path: Path, root: Path) -> None:
    """Bring the names of a file's folders to the disk, from the innermost to the root."""
    if hasattr(os, "O_DIRECTORY"):
        for folder in [root / part for part in path.relative_to(root).parents]:
            with suppress(*ABSENT):
                _sync_folder(folder)


def _sync_folder(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
