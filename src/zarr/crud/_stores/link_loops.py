"""Links to folders: followed, as every read does, unless they lead back to a folder above them."""

from __future__ import annotations

import errno
import os
from itertools import accumulate
from pathlib import Path


def loop_at(root: str, below: str) -> OSError | None:
    """Return an error if a path below a folder is a link to that folder, or to one on the way.

    Other links are no loops yet: who follows them meets a folder of the way in the end.
    """
    path = Path(root, below)
    if not path.is_symlink():
        return None
    # Of "a/b/link": the folder itself, "a", and "a/b".
    ways = accumulate(below.split("/")[:-1], Path, initial=Path(root))
    try:
        target = path.stat()
        is_loop = any(os.path.samestat(each.stat(), target) for each in ways)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        is_loop = True
    if not is_loop:
        return None
    text = "the link leads back to a folder above it, so the keys below have no end; delete it"
    return OSError(errno.ELOOP, text, str(path))
