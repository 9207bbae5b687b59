"""Opening and reading files in ways that some systems lack."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from threading import Lock
from typing import Final

READ: Final = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""The flags of a file that is read: bytes as they are, and no wait for the writer of a FIFO."""

_NOFOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)

_seeking: Final = Lock()


def open_itself(path: Path) -> int:
    """Open a file to read, but no link to one.

    Raises
    ------
    OSError
        As the system says it; `ELOOP` for a link.
    """
    if not _NOFOLLOW and path.is_symlink():
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path))
    return os.open(path, READ | _NOFOLLOW)


def _by_seek(fd: int, length: int, start: int, /) -> bytes:
    """Read at a position where the system has no call for it: threads share that of a file."""
    with _seeking:
        os.lseek(fd, start, os.SEEK_SET)
        return os.read(fd, length)


read_at: Final = getattr(os, "pread", _by_seek)
"""Read bytes of an open file: descriptor, number of bytes, place of the first. As `os.pread`."""


def check_size(fd: int, wanted: int | None, path: str) -> None:
    """Check that a file of which something was read has the size that it had before.

    Raises
    ------
    OSError
        It has another one, so what was read may be a part of a value, or of two.
    """
    if wanted is not None and (size := os.fstat(fd).st_size) != wanted:
        text = f"it has {size} bytes, not {wanted}: it was changed meanwhile"
        raise OSError(errno.EIO, text, path)
