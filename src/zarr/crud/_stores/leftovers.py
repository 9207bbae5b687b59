"""Removal of temporary files that killed processes left on a local disk.

The writer of a temporary file holds its lock. A file is a leftover if its name has our form, it is
older than a day, and it can be locked; a stopped process still holds its locks. Without lock
support, nothing is removed. A file that is not locked yet is less than a day old. If a wrong clock
makes it seem older, its writer notices that it is gone, and creates another.
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
from zarr.crud._stores.system_files import open_itself

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

SUFFIX: Final = ".crud.partial"
"""The end of the names of our temporary files. Others must not use it: they may hold no lock."""

AGE: Final = 24 * 3600.0
"""The age of a leftover: seconds since the last change of its content or its status."""

MOST: Final = 10_000
"""The most names that one look beside a write examines."""

_INTERVAL: Final = 1.0

_NAME: Final = re.compile(r"\.[0-9a-f]{32}\.crud\.partial")

_next_look = 0.0


def remove_among(folder: Path, names: Iterable[str]) -> None:
    """Remove the leftovers among names below a folder."""
    if file_locks.HAS_LOCKS:
        for name in names:
            if name.endswith(SUFFIX) and _NAME.search(name, len(name) - 33 - len(SUFFIX)):
                _remove(folder / name)


def look_beside(path: Path) -> None:
    """Remove leftovers beside a file that was written; a huge folder is examined only in part."""
    with suppress(OSError), os.scandir(path.parent) as entries:
        names = [entry.name for entry in islice(entries, MOST)]
        remove_among(path.parent, names)


def look_is_due() -> bool:
    """Return whether a write may look for leftovers: at most once per second.

    Listing a folder costs more than a small write.
    """
    global _next_look
    now = time.monotonic()
    if now < _next_look:
        return False
    _next_look = now + _INTERVAL
    return True


def _remove(path: Path) -> None:
    """Remove a file if no process has it locked; ignore files that cannot be opened or removed."""
    with suppress(OSError):
        fd = open_itself(path)
        try:
            if is_old(os.fstat(fd)) and file_locks.try_lock(fd, path):
                path.unlink()
        finally:
            file_locks.release(fd)


def is_old(found: os.stat_result) -> bool:
    # The system maintains the second time (ctime); it cannot be set back.
    changed = max(found.st_mtime, found.st_ctime)
    return stat.S_ISREG(found.st_mode) and time.time() - changed > AGE
