"""Files that a writer holds open when its process forks."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests import patience
from tests.bindings.support import document, local, ramp
from tests.faults.support import open_files
from zarr.zarrs._python_codec import make_codec

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXT = document(codecs=({"name": "python", "configuration": {"document": "forking"}},))


class Forking:
    """A codec that stores elements unchanged, and forks while a chunk is written."""

    def __init__(self, root: Path) -> None:
        self.root, self.held, self.inherited = root, 0, 0
        self.is_armed = False

    def open_files(self) -> list[Path]:
        """The files below the root that this process has open."""
        return [file for file in open_files() if file.is_relative_to(self.root)]

    def decode(self, data: bytes, shape: tuple[int, ...], validate: bool, /) -> bytes:
        return data

    def encode(self, data: bytearray, shape: tuple[int, ...], /) -> bytes:
        if self.is_armed:
            # What was replaced before may still wait to be closed.
            self.held += sum(file.exists() for file in self.open_files())
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                pid = os.fork()
            if pid == 0:
                os._exit(len(self.open_files()))
            self.inherited += os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        return bytes(data)


@pytest.fixture
def codec(tmp_path: Path) -> Iterator[Forking]:
    made = Forking(tmp_path)
    zb.cache_clear()
    zb.register_codecs(lambda _: made)
    yield made
    zb.register_codecs(make_codec)


@pytest.mark.parametrize("locking", ["auto", "processes"])
def test_a_child_has_no_file_that_its_parent_holds(
    codec: Forking, tmp_path: Path, locking: str
) -> None:
    """Catches a lock that survives the death of its owner in an idle child."""
    ours = local(tmp_path, TEXT, locking=locking)
    ours.write_all(ramp((7, 5)))
    codec.is_armed = True
    ours.write(-ramp((2, 2)), (1, 4, 2), (1, 3, 2))
    assert (codec.held, codec.inherited) == (4, 0)
    expected = ramp((7, 5))
    expected[1::4, 1::3] = -ramp((2, 2))
    codec.is_armed = False
    np.testing.assert_array_equal(ours.read_all(), expected)
    patience.wait_for(lambda: not codec.open_files(), "the replaced files to be closed")
