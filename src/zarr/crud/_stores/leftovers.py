"""Temporary files that killed processes left on a local disk, removed where nobody has them.

Who writes a temporary file holds its lock. So a leftover is what has a name of ours, is older than
a day, and can be locked: a process that is stopped still holds its own. Where there are no locks,
nothing is removed. A file that is not locked yet is not a day old; where a clock that is wrong
makes it seem so, its writer notices that it is gone, and makes another.
"""

from __future__ import annotations

import os
import re
import stat
import time
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING, Final

from zarr.crud._stores import file_locks

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SUFFIX: Final = ".crud.partial"
"""The end of the names of temporary files: of ours, and of nobody else's, who may hold no lock."""

AGE: Final = 24 * 3600.0
"""Seconds since the last change of a leftover, whatever was changed."""

MOST: Final = 10_000
"""Most names that one look beside a write goes through."""

_INTERVAL: Final = 1.0

_NAME: Final = re.compile(r"\.[0-9a-f]{32}\.crud\.partial")

_next_look = 0.0


def remove_among(folder: Path, names: Iterable[str]) -> None:
    """Remove what is a leftover among names below a folder."""
    if file_locks.HAS_LOCKS:
        for name in names:
            if name.endswith(SUFFIX) and _NAME.search(name, len(name) - 33 - len(SUFFIX)):
                _remove(folder / name)


def look_beside(path: Path) -> None:
    """Remove leftovers from the folder of a file that was written; not in all of a huge folder."""
    with suppress(OSError), os.scandir(path.parent) as entries:
        names = [entry.name for entry in islice(entries, MOST)]
        remove_among(path.parent, names)


def look_is_due() -> bool:
    """Tell whether a write may look, which it does at most once in a second.

    To list a folder costs more than a small write.
    """
    global _next_look
    now = time.monotonic()
    if now < _next_look:
        return False
    _next_look = now + _INTERVAL
    return True


def _remove(path: Path) -> None:
    """Remove a file if nobody has it; what cannot be looked at, locked or removed stays."""
    with suppress(OSError):
        # Neither what a link leads to, nor a FIFO that would make us wait.
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if _is_old(os.fstat(fd)) and file_locks.try_lock(fd, path):
                path.unlink()
        finally:
            file_locks.release(fd)


def _is_old(found: os.stat_result) -> bool:
    # The second time is the system's own, and cannot be set back.
    changed = max(found.st_mtime, found.st_ctime)
    return stat.S_ISREG(found.st_mode) and time.time() - changed > AGE
