"""Files that a command writes."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Final

_FULL: Final = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextmanager
def written(path: Path) -> Iterator[IO[bytes]]:
    """Give a file that gets its name when it is complete; a failure leaves the old one, or none.

    Raises
    ------
    OSError
        It cannot be written; the error names it.
    """
    name = ""
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as out:
            name = out.name
            yield out
        # The file is closed, without which Windows does not rename it.
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException as err:
        if name:
            Path(name).unlink(missing_ok=True)
        if isinstance(err, OSError) and (
            # Other errors may be those of what is read.
            not name or err.filename == name or (err.filename is None and err.errno in _FULL)
        ):
            err.filename = str(path)
            # With `None` it would be shown.
            del err.filename2
        raise
