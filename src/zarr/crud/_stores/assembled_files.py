"""Files that are put together from pieces of other files.

The system copies large pieces itself: their bytes do not pass through Python. Paths are texts here:
a path object costs as much as the copy of a small file.
"""

from __future__ import annotations

import errno
import os
import stat
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from zarr.crud._stores import file_locks
from zarr.crud._stores.leftovers import SUFFIX, look_beside, look_is_due

if TYPE_CHECKING:
    from collections.abc import Buffer, Callable, Iterable, Sequence
    from typing import Self

    type Piece = FilePiece | Buffer
    """Bytes of a file, or in memory."""

_BY_SYSTEM: Final = 128 << 10
"""Smaller pieces are read and written: that is one call less to fail."""

_STEP: Final = 1 << 20
_UNABLE: Final = {
    errno.EXDEV,
    errno.EINVAL,
    errno.ENOSYS,
    errno.EOPNOTSUPP,
    errno.EPERM,
    errno.ETXTBSY,
}
_FLAGS: Final = getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)

_BY_ITSELF: Final = 64 << 20
"""Bytes that are written long before a file is old enough to be a leftover, so without a lock."""


_MOST_OPEN: Final = 16


class FilePiece(NamedTuple):
    """Bytes of a file, which is opened when they are needed."""

    path: str
    start: int
    length: int


class _Sources:
    """The files that pieces come from: the last ones stay open."""

    def __init__(self) -> None:
        self._open: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        while self._open:
            os.close(self._open.popitem()[1])

    def fd(self, path: str) -> int:
        """Return a descriptor of a file.

        Raises
        ------
        FileNotFoundError
            There is none.
        """
        found = self._open.get(path)
        if found is None:
            if len(self._open) >= _MOST_OPEN:
                os.close(self._open.pop(next(iter(self._open))))
            # What is no regular file has no bytes to copy, and does not wait for a writer.
            found = self._open[path] = os.open(path, _FLAGS)
        return found


def copy_file(source: str, path: str, *, fsync: bool = False) -> int | None:
    """Copy a file in place of another, or as a new one; return its size, `None` if it is absent.

    Raises
    ------
    OSError
        As the system says it, with the name of the file.
    """
    try:
        fd = os.open(source, os.O_RDONLY | _FLAGS)
    except file_locks.ABSENT:
        return None
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            # Raises the error that says what it is.
            file_locks.open_file(Path(source))
        size = found.st_size
        _store(path, size, lambda out: _copy(fd, 0, size, out), fsync=fsync)
    except OSError as err:
        if err.filename is None:
            err.filename = source
        raise
    finally:
        os.close(fd)
    return size


def assemble(path: str, pieces: Sequence[Piece], *, fsync: bool = False) -> None:
    """Store pieces one after the other in place of a file, or as a new one.

    A reader sees the old or the new file. Folders are made.

    Raises
    ------
    OSError
        As the system says it, with the name of the file; `EIO` if a piece is not in its file.
    """
    assemble_each([(path, pieces)], fsync=fsync)


def assemble_each(files: Iterable[tuple[str, Sequence[Piece]]], *, fsync: bool = False) -> None:
    """Do as `assemble` does, for many files whose pieces may come from the same ones."""
    with _Sources() as sources:
        for path, pieces in files:
            size = sum(_size(piece) for piece in pieces)
            _store(path, size, partial(_fill, pieces, sources), fsync=fsync)


def _fill(pieces: Sequence[Piece], sources: _Sources, out: int) -> None:
    # Small pieces are written together: a call costs as much as some of their bytes.
    small: list[bytes] = []
    held = 0
    for piece in pieces:
        if isinstance(piece, FilePiece) and piece.length < _BY_SYSTEM:
            small.append(_read(sources.fd(piece.path), piece))
            held += piece.length
            if held < _STEP:
                continue
        if small:
            _write(out, b"".join(small))
            small, held = [], 0
        if not isinstance(piece, FilePiece):
            _write(out, piece)
        elif piece.length >= _BY_SYSTEM:
            _copy(sources.fd(piece.path), piece.start, piece.length, out)
    if small:
        _write(out, b"".join(small))


def _read(fd: int, piece: FilePiece) -> bytes:
    data = os.pread(fd, piece.length, piece.start)
    while len(data) < piece.length:
        more = os.pread(fd, piece.length - len(data), piece.start + len(data))
        if not more:
            raise _ends_early(piece.start + piece.length, piece.path)
        data += more
    return data


def _ends_early(stop: int, path: str | None = None) -> OSError:
    return OSError(errno.EIO, f"a file ends before byte {stop}", path)


def _size(piece: Piece) -> int:
    return piece.length if isinstance(piece, FilePiece) else memoryview(piece).nbytes


def _store(path: str, size: int, fill: Callable[[int], None], *, fsync: bool) -> None:
    while not _is_stored(path, size, fill, fsync=fsync):
        # A wrong clock made the temporary file seem to be left over.
        continue
    if look_is_due():
        look_beside(Path(path))


def _is_stored(path: str, size: int, fill: Callable[[int], None], *, fsync: bool) -> bool:
    name, fd = _new_file(path, locked=size > _BY_ITSELF)
    try:
        try:
            fill(fd)
            if fsync:
                os.fsync(fd)
            if file_locks.HAS_LOCKS:
                os.replace(name, path)  # noqa: PTH105
        finally:
            file_locks.unlock(fd)
            os.close(fd)
        if not file_locks.HAS_LOCKS:
            # Such systems do not rename an open file.
            os.replace(name, path)  # noqa: PTH105
    except BaseException as err:
        was_there = _removed(name)
        if isinstance(err, FileNotFoundError) and err.filename == name and not was_there:
            return False
        if isinstance(err, OSError) and err.filename in (None, name):
            err.filename, err.filename2 = path, None
        raise
    return True


def _removed(name: str) -> bool:
    """Remove a temporary file; return whether it was there."""
    try:
        os.unlink(name)  # noqa: PTH108
    except OSError as err:
        return err.errno != errno.ENOENT
    return True


def _new_file(path: str, *, locked: bool) -> tuple[str, int]:
    """Create a temporary file beside a path. A large one is locked, so that it is no leftover."""
    while True:
        name = f"{path}.{os.urandom(16).hex()}{SUFFIX}"
        try:
            fd = os.open(name, _NEW, 0o666)
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            continue
        except OSError as err:
            err.filename = path
            raise
        if not locked or file_locks.hold(fd, Path(name)):
            return name, fd
        os.close(fd)


def _copy(source: int, start: int, left: int, fd: int) -> None:
    by_system = left >= _BY_SYSTEM and hasattr(os, "copy_file_range")
    while left:
        if by_system:
            try:
                count = os.copy_file_range(source, fd, left, start)
            except OSError as err:
                if err.errno not in _UNABLE:
                    raise
                by_system = False
                continue
        else:
            data = os.pread(source, min(left, _STEP), start)
            count = len(data)
            _write(fd, data)
        if not count:
            raise _ends_early(start + left)
        start, left = start + count, left - count


def _write(fd: int, data: Buffer) -> None:
    view = memoryview(data)
    view = view.cast("B") if view.nbytes else view
    while view.nbytes:
        view = view[os.write(fd, view) :]
