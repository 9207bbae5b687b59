"""Locks on chunk files of a local disk: one writer at a time among all processes.

Files are replaced, never changed. A writer therefore locks the file that it will replace. The lock
counts while the name leads to that file, and leaves nothing behind. An absent file cannot be
locked: it is created in a way that fails if another writer created it first.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from zarr.crud._stores.cancellation import check_cancelled

try:
    import fcntl
except ImportError:  # pragma: no cover
    HAS_LOCKS = False
else:
    HAS_LOCKS = True

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.crud._options import Locking

UNREADABLE: Final = -1
"""Returned by `claim` for an entry that cannot be opened; only a whole-chunk write may proceed."""

ABSENT: Final = (FileNotFoundError, NotADirectoryError)

_NO_LOCKS: Final = {errno.ENOLCK, errno.ENOTSUP, errno.ENOSYS, errno.EINVAL, errno.EBADF}

_LONGEST_PAUSE: Final = 0.001

_locked: set[int] = set()


def open_file(path: Path | str, flags: int = os.O_RDONLY) -> int | None:
    """Open a stored file; `None` if there is none. Anything but a regular file is an `OSError`."""
    try:
        # Without O_NONBLOCK, opening a FIFO would wait for its writer.
        fd = os.open(path, flags | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except ABSENT:
        return None
    mode = os.fstat(fd).st_mode
    if not stat.S_ISREG(mode):
        os.close(fd)
        code = errno.EISDIR if stat.S_ISDIR(mode) else errno.EINVAL
        raise OSError(code, os.strerror(code), str(path))
    return fd


def claim(path: Path, locking: Locking, *, keep: bool) -> int | None:
    """Open a stored file and lock out other writers until `release`; `None` if there is no file.

    Waits while another process holds the lock. With `keep=False`, for a write that replaces the
    whole chunk, an entry that cannot be opened gives `UNREADABLE` instead of an error.
    """
    flags, pause = os.O_RDONLY, 0.00001
    while True:
        try:
            fd = open_file(path, flags)
        except OSError:
            if flags == os.O_RDWR and locking == "auto":
                flags, locking = os.O_RDONLY, "threads"
                continue
            if keep:
                raise
            return UNREADABLE
        if fd is None or locking == "threads":
            return fd
        held = False
        try:
            held = try_lock(fd, path)
        except OSError as err:
            if err.errno == errno.EBADF and flags == os.O_RDONLY:
                # Network file systems lock only files that are open for writing.
                flags = os.O_RDWR
            elif err.errno in _NO_LOCKS and locking == "auto":
                locking = "threads"
            else:
                err.filename = str(path)
                raise
            continue
        finally:
            if not held:
                release(fd)
        if held:
            return fd
        time.sleep(pause)
        check_cancelled()
        pause = min(2 * pause, _LONGEST_PAUSE)


def release(fd: int) -> None:
    """Unlock and close the file."""
    try:
        unlock(fd)
    finally:
        os.close(fd)


def unlock(fd: int) -> None:
    """Unlock the file. Closing is not enough, because a forked child may have a copy."""
    if fd in _locked:
        with suppress(OSError):
            fcntl.flock(fd, fcntl.LOCK_UN)
        _locked.discard(fd)


def try_lock(fd: int, path: Path) -> bool:
    """Lock an open file; `False` if another writer holds the lock, or has replaced the file."""
    if not HAS_LOCKS:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    _locked.add(fd)
    return _leads_to(path, fd)


def hold(fd: int, path: Path) -> bool:
    """Lock a new temporary file, so that it is not removed as a leftover; `False` if it was.

    Without lock support, nothing removes leftovers. Call `unlock` afterwards in any case.
    """
    if not HAS_LOCKS:
        return True
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    _locked.add(fd)
    # Some file systems do not count the names of a file.
    return os.fstat(fd).st_nlink > 0 or _leads_to(path, fd)


def _leads_to(path: Path, fd: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(fd))
    except ABSENT:
        return False


def _forget() -> None:
    # If the parent died during a write, the child's copy would keep the chunk locked.
    for fd in _locked:
        os.close(fd)
    _locked.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
