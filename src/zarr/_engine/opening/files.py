"""Small files, read and written at once."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from zarr.core.buffer import Buffer

PIECE: Final = 1 << 16
"""Bytes that are read at a time."""


def contents_of(file: str) -> bytes:
    """Return what a file contains.

    Raises
    ------
    OSError
        There is no such file, or it cannot be read.
    """
    # A third of the time of `open`, which most of opening a node would be.
    descriptor = os.open(file, os.O_RDONLY)
    try:
        pieces = [os.read(descriptor, PIECE)]
        while pieces[-1]:
            pieces.append(os.read(descriptor, PIECE))
        return b"".join(pieces)
    finally:
        os.close(descriptor)


def put_file(path: Path, value: Buffer, *, exclusive: bool = False) -> int:
    """Store a value as zarr's store of files does, and leave nothing else after an interrupt.

    Zarr's own function runs in a thread, where no interrupt meets it. With `exclusive`, a file that
    exists takes no temporary one.

    Raises
    ------
    FileExistsError
        The file exists, and must be new.
    """
    if exclusive and os.path.lexists(path):
        raise FileExistsError
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(f".{uuid.uuid4().hex}.partial")
    try:
        with temporary.open("wb") as file:
            written = file.write(value.as_buffer_like())
        if exclusive:
            path.hardlink_to(temporary)
            temporary.unlink()
        else:
            temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return written
