"""Small files, read and written at once."""

from __future__ import annotations

import os
from contextlib import suppress
from io import FileIO
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.core.buffer import Buffer
    from zarr.core.common import BytesLike

FIRST: Final = 1 << 12
"""Bytes that are read first: more than most documents, so that no memory is given back."""

PIECE: Final = 1 << 16
"""Bytes that are read at a time after that."""


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
        pieces = [os.read(descriptor, FIRST)]
        while pieces[-1]:
            pieces.append(os.read(descriptor, PIECE))
        return pieces[0] if len(pieces) == 2 else b"".join(pieces)
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
    # Strings and an unbuffered file: paths and buffers take as long as the disk.
    target = os.fspath(path)
    if exclusive and os.path.lexists(target):
        raise FileExistsError
    stem, _ = os.path.splitext(target)  # noqa: PTH122
    temporary = f"{stem}.{os.urandom(16).hex()}.partial"
    try:
        try:
            file = FileIO(temporary, "xb")
        except (FileNotFoundError, NotADirectoryError):
            path.parent.mkdir(parents=True, exist_ok=True)
            file = FileIO(temporary, "xb")
        with file:
            written = _write(file, value.as_buffer_like())
        if exclusive:
            os.link(temporary, target)
            os.unlink(temporary)  # noqa: PTH108
        else:
            os.replace(temporary, target)  # noqa: PTH105
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise
    return written


def _write(file: FileIO, value: BytesLike) -> int:
    """Write all of a value: one call may write less, as of more than 2 GiB."""
    left = memoryview(value).cast("B")
    length = len(left)
    while left:
        left = left[file.write(left) :]
    return length
