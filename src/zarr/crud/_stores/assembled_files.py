"""Files that are put together from pieces of other files.

A backend may offer a faster way, which must store the same bytes; see `FileAssembler`. The system
copies large pieces itself: their bytes do not pass through Python. Paths are texts here: a path
object costs as much as the copy of a small file.
"""

from __future__ import annotations

import errno
import os
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from zarr.crud._stores import file_locks
from zarr.crud._stores.cancellation import check_cancelled
from zarr.crud._stores.leftovers import SUFFIX
from zarr.crud._stores.system_files import check_size, read_at

if TYPE_CHECKING:
    from collections.abc import Buffer, Callable, Iterator, Sequence
    from typing import Self

    type Piece = FilePiece | bytes
    """Bytes of a file, or in memory."""

    type NewFile = tuple[str, Sequence[Piece]]
    """The path of a file to store, and what it is made of."""

_BY_SYSTEM: Final = 128 << 10
"""Smaller pieces are read and written: that is one call less to fail."""

_BY_SYSTEM_AT_ONCE: Final = 16 << 20
"""Bytes between two looks whether the call was cancelled."""

_STEP: Final = 1 << 20
_UNABLE: Final = {
    errno.EXDEV,
    errno.EINVAL,
    errno.ENOSYS,
    errno.EOPNOTSUPP,
    errno.EPERM,
    errno.ETXTBSY,
}
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)

_BY_ITSELF: Final = 64 << 20
"""Bytes that are written long before a file is old enough to be a leftover, so without a lock."""


_MOST_OPEN: Final = 16


class FilePiece(NamedTuple):
    """Bytes of a file, which is opened when they are needed."""

    path: str
    start: int
    length: int | None
    """`None` for all of a file that is copied, as the only piece of another."""
    size: int | None = None
    """The size that the whole file must have; `None` if that does not matter."""


class FileAssembler(Protocol):
    """What stores files that are made of pieces of others, as `assemble_files` does."""

    def __call__(self, files: Sequence[NewFile], /, *, fsync: bool) -> Sequence[int | Exception]:
        """Store files one after the other, in place of others or as new ones.

        Returns their sizes. If one fails, the last item is its error, and the others are not begun.
        A reader sees the old or the new file. Folders are made.

        An error is an `OSError` as the system says it, with the path of the new file or of the one
        that cannot be read: `FileNotFoundError` if that is absent, and `EIO` if it ends before a
        piece, or has another size than the piece says or than when the copy of all of it began.
        With `fsync` a file is on the disk before it gets its name; folders are up to the caller.
        Temporary files have names and locks as `zarr.crud._stores.leftovers` describes. The
        call ends soon when it is interrupted or cancelled.
        """


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
            found = self._open[path] = _opened(path)
        return found


def assemble_files(files: Sequence[NewFile], /, *, fsync: bool) -> list[int | Exception]:
    """Store files; see `FileAssembler`."""
    found: list[int | Exception] = []
    with _Sources() as sources:
        for path, pieces in files:
            check_cancelled()
            try:
                found.append(_assembled(path, pieces, sources, fsync=fsync))
            except Exception as err:  # noqa: BLE001  # the caller decides
                found.append(err)
                break
    return found


def _assembled(path: str, pieces: Sequence[Piece], sources: _Sources, *, fsync: bool) -> int:
    match pieces:
        case [FilePiece(source, _, None)]:
            return _copied(source, path, fsync=fsync)
    size = sum(_size(piece) for piece in pieces)
    _store(path, size, partial(_fill, pieces, sources), fsync=fsync)
    return size


def _opened(path: str) -> int:
    fd = file_locks.open_file(path)
    if fd is None:
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), path)
    return fd


def _copied(source: str, path: str, *, fsync: bool) -> int:
    fd = _opened(source)
    try:
        size = os.fstat(fd).st_size

        def fill(out: int) -> None:
            _copy(fd, 0, size, out, source)
            check_size(fd, size, source)

        _store(path, size, fill, fsync=fsync)
    finally:
        os.close(fd)
    return size


def _fill(pieces: Sequence[Piece], sources: _Sources, out: int) -> None:
    # Small pieces are written together: a call costs as much as some of their bytes.
    small: list[bytes] = []
    held = 0
    for piece in pieces:
        if isinstance(piece, FilePiece) and _size(piece) < _BY_SYSTEM:
            small.append(_read(sources.fd(piece.path), piece))
            check_size(sources.fd(piece.path), piece.size, piece.path)
            held += _size(piece)
            if held < _STEP:
                continue
        if small:
            _write(out, b"".join(small))
            small, held = [], 0
        if not isinstance(piece, FilePiece):
            _write(out, piece)
        elif _size(piece) >= _BY_SYSTEM:
            _copy(sources.fd(piece.path), piece.start, _size(piece), out, piece.path)
            check_size(sources.fd(piece.path), piece.size, piece.path)
    if small:
        _write(out, b"".join(small))


def _read(fd: int, piece: FilePiece) -> bytes:
    with _naming(piece.path):
        length, data = _size(piece), b""
        while len(data) < length:
            more = read_at(fd, length - len(data), piece.start + len(data))
            if not more:
                raise _ends_early(piece.start + length)
            data += more
    return data


def _ends_early(stop: int) -> OSError:
    return OSError(errno.EIO, f"it ends before byte {stop}")


@contextmanager
def _naming(path: str) -> Iterator[None]:
    """Let errors name the file that is read."""
    try:
        yield
    except OSError as err:
        err.filename = path
        raise


def _size(piece: Piece) -> int:
    return piece.length or 0 if isinstance(piece, FilePiece) else len(piece)


def _store(path: str, size: int, fill: Callable[[int], None], *, fsync: bool) -> None:
    while not _is_stored(path, size, fill, fsync=fsync):
        # A wrong clock made the temporary file seem to be left over.
        continue


def _is_stored(path: str, size: int, fill: Callable[[int], None], *, fsync: bool) -> bool:
    name = f"{path}.{os.urandom(16).hex()}{SUFFIX}"
    try:
        # Here, because an interrupt may come between the call and what follows.
        fd = _new_file(name, path)
        try:
            if size > _BY_ITSELF and not file_locks.hold(fd, Path(name)):
                return False
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
            err.filename = path
            # With `None` it would be shown.
            del err.filename2
        raise
    return True


def _removed(name: str) -> bool:
    """Remove a temporary file; return whether it was there."""
    try:
        os.unlink(name)  # noqa: PTH108
    except OSError as err:
        return err.errno != errno.ENOENT
    return True


def _new_file(name: str, path: str) -> int:
    """Create a temporary file beside a path, and missing folders."""
    while True:
        try:
            return os.open(name, _NEW, 0o666)
        except FileNotFoundError:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        except OSError as err:
            err.filename = path
            raise


def _copy(source: int, start: int, left: int, fd: int, path: str) -> None:
    by_system = left >= _BY_SYSTEM and hasattr(os, "copy_file_range")
    while left:
        check_cancelled()
        if by_system:
            try:
                count = os.copy_file_range(source, fd, min(left, _BY_SYSTEM_AT_ONCE), start)
            except OSError as err:
                if err.errno not in _UNABLE:
                    raise
                by_system = False
                continue
        else:
            with _naming(path):
                data = read_at(source, min(left, _STEP), start)
            count = len(data)
            _write(fd, data)
        if not count:
            with _naming(path):
                raise _ends_early(start + left)
        start, left = start + count, left - count


def _write(fd: int, data: Buffer) -> None:
    view = memoryview(data)
    view = view.cast("B") if view.nbytes else view
    while view.nbytes:
        view = view[os.write(fd, view) :]
