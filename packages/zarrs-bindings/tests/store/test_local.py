"""Files of a local store, and other things in place of a file."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.bindings.support import LITTLE, ZSTD, document, local, ramp, sharding
from tests.privileges import without_capabilities


def put_fifo(path: Path) -> None:
    os.mkfifo(path)


def put_loop(path: Path) -> None:
    path.symlink_to(path.name)


OBSTACLES: dict[str, tuple[Any, int]] = {
    "directory": (Path.mkdir, errno.EISDIR),
    "fifo": (put_fifo, errno.EINVAL),
    "device": (lambda path: path.symlink_to("/dev/zero"), errno.EINVAL),
    "loop": (put_loop, errno.ELOOP),
}


@pytest.mark.parametrize("obstacle", OBSTACLES)
@pytest.mark.parametrize("codecs", [(LITTLE,), (LITTLE, ZSTD), (sharding((3, 1)),)])
def test_what_is_no_file_is_a_system_error(
    tmp_path: Path, obstacle: str, codecs: tuple[Any, ...]
) -> None:
    """Catches a hang on a FIFO, endless data from a device, and fill values for either."""
    put, code = OBSTACLES[obstacle]
    (tmp_path / "c" / "0").mkdir(parents=True)
    chunk = tmp_path / "c" / "0" / "0"
    put(chunk)
    ours = local(tmp_path, document((6, 4), (6, 4), codecs=codecs))
    calls = (
        ours.read_all,
        lambda: ours.read(0, 0),
        lambda: ours.write(ramp((1, 1)), (0, 1, 1), (0, 1, 1)),
    )
    for call in calls:
        with pytest.raises(OSError, match=r"c/0/0") as caught:
            call()
        assert (caught.value.errno, caught.value.filename) == (code, str(chunk))


def test_a_file_that_may_not_be_read_is_a_permission_error(tmp_path: Path) -> None:
    """Catches fill values for data that exists.

    Only the file is made unreadable, for its owner; the folders above it stay as they are.
    """
    ours = local(tmp_path, document((6, 4), (6, 4)))
    ours.write_all(ramp((6, 4)))
    chunk = tmp_path / "c" / "0" / "0"
    chunk.chmod(0)
    with without_capabilities(), pytest.raises(PermissionError) as caught:
        ours.read_all()
    assert (caught.value.errno, caught.value.filename) == (errno.EACCES, str(chunk))


def test_a_file_in_place_of_a_directory_holds_no_chunks(tmp_path: Path) -> None:
    """Catches an error where upstream zarr reports a missing chunk."""
    (tmp_path / "c").write_bytes(b"")
    np.testing.assert_array_equal(local(tmp_path, document()).read_all(), np.zeros((7, 5), "i4"))
