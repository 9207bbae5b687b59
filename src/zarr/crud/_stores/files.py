"""Files on a local disk. Reads use one descriptor; writes replace the file, so reads stay valid."""

from __future__ import annotations

import errno
import os
import uuid
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from zarr.abc.store import OffsetByteRequest, RangeByteRequest
from zarr.crud._stores import file_locks
from zarr.crud._stores.cancellation import check_cancelled
from zarr.crud._stores.file_locks import ABSENT, open_file
from zarr.crud._stores.leftovers import SUFFIX, look_beside, look_is_due

if TYPE_CHECKING:
    from collections.abc import Buffer, Callable, Sequence
    from io import FileIO
    from pathlib import Path

    from zarr.abc.store import ByteRequest
    from zarr.crud._options import Locking

_NO_LINKS: Final = {errno.ENOTSUP, errno.ENOSYS, errno.EPERM, errno.EACCES}


def read(fd: int, path: Path | str, byte_range: ByteRequest | None) -> bytes:
    """Return the bytes of an open file, or a range of them."""
    pieces = []
    try:
        start, length = extent(byte_range, os.fstat(fd).st_size)
        if length:
            os.lseek(fd, start, os.SEEK_SET)
        while length and (piece := os.read(fd, length)):
            pieces.append(piece)
            length -= len(piece)
    except OSError as err:
        err.filename = str(path)
        raise
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


def read_file(path: Path | str) -> bytes | None:
    """Return the bytes of a file; `None` if there is none."""
    fd = open_file(path)
    if fd is None:
        return None
    try:
        return read(fd, path, None)
    finally:
        os.close(fd)


def extent(byte_range: ByteRequest | None, size: int) -> tuple[int, int]:
    """Return the start of a range in a value of `size` bytes, and how many of its bytes exist."""
    if byte_range is None:
        return 0, size
    if isinstance(byte_range, RangeByteRequest):
        return byte_range.start, max(0, min(byte_range.end, size) - byte_range.start)
    if isinstance(byte_range, OffsetByteRequest):
        return byte_range.offset, max(0, size - byte_range.offset)
    return max(0, size - byte_range.suffix), min(byte_range.suffix, size)


def replace(path: Path, data: Buffer, *, fsync: bool) -> None:
    """Store `data` in place of the file, or as a new file."""

    def place(name: Path) -> bool:
        name.replace(path)
        return True

    _write(path, data, place, fsync=fsync)


def create(path: Path, data: Buffer, locking: Locking, *, fsync: bool) -> bool:
    """Store `data` as a new file; `False` if another writer created it first."""

    def place(name: Path) -> bool:
        try:
            path.hardlink_to(name)
        except FileExistsError:
            # A dangling link is not a value, but it occupies the name.
            if not path.is_symlink() or path.exists():
                name.unlink()
                return False
            name.replace(path)
        except OSError as err:
            if locking == "processes" or err.errno not in _NO_LINKS:
                raise
            name.replace(path)
        else:
            # A second name of the new file does no harm.
            with suppress(OSError):
                name.unlink()
        return True

    return _write(path, data, place, fsync=fsync)


def delete(path: Path) -> None:
    """Delete a file; it may be absent."""
    with suppress(*ABSENT):
        path.unlink()


def _write(path: Path, data: Buffer, place: Callable[[Path], bool], *, fsync: bool) -> bool:
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        name = path.with_name(f"{path.name}.{uuid.uuid4().hex}{SUFFIX}")
        try:
            with name.open("xb", buffering=0) as file:
                try:
                    if not file_locks.hold(file.fileno(), name):
                        continue
                    _fill(file, data)
                    if fsync:
                        os.fsync(file.fileno())
                    if file_locks.HAS_LOCKS:
                        placed = place(name)
                finally:
                    file_locks.unlock(file.fileno())
            if not file_locks.HAS_LOCKS:
                # Such systems do not rename an open file.
                placed = place(name)
        except BaseException as err:
            with suppress(OSError):
                name.unlink()
            if isinstance(err, OSError):
                err.filename = str(path)
                # With `None` it would be shown.
                del err.filename2
            raise
        if look_is_due():
            look_beside(path)
        return placed


def _fill(file: FileIO, data: Buffer) -> None:
    view = memoryview(data)
    view = view.cast("B") if view.nbytes else view
    while view.nbytes:
        view = view[file.write(view) :]


def sync_folders(paths: Sequence[Path], root: Path) -> None:
    """Flush the folder entries of files to disk, from the innermost folders to the root."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    folders = {part for path in paths for part in path.relative_to(root).parents}
    # A path comes after those of the folders above it.
    for folder in sorted(folders, reverse=True):
        with suppress(*ABSENT):
            _sync_folder(root / folder)


def flush(paths: Sequence[Path], root: Path) -> None:
    """Flush files and the entries of their folders to disk; those that are gone need it no more."""
    for path in paths:
        check_cancelled()
        with suppress(*ABSENT), path.open("rb") as file:
            os.fsync(file.fileno())
    sync_folders(paths, root)


def _sync_folder(path: Path) -> None:
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
