"""The functions work on releases of zarr that lack names of the newest."""

from __future__ import annotations

import subprocess
import sys

from zarr.crud import _older_zarr
from zarr.errors import PickleCodecDisabledError

OLDER = """
import zarr
del zarr.errors.PickleCodecDisabledError
import zarr.crud
from zarr.crud import _older_zarr
store = zarr.storage.MemoryStore()
zarr.create_array(store, data=__import__("numpy").arange(3))
print(_older_zarr.PickleCodecDisabledError.__module__)
print(zarr.crud.read_region(zarr.crud.read_metadata(store), store, slice(2), engine="reference"))
"""


def test_the_newest_release_has_its_own_names() -> None:
    """Catches an exception of ours that nothing raises, in the place of zarr's."""
    assert _older_zarr.PickleCodecDisabledError is PickleCodecDisabledError


def test_a_release_without_these_names_is_served() -> None:
    """Catches an import that fails on a release that the overlay says to work with."""
    done = subprocess.run(
        [sys.executable, "-c", OLDER], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["zarr.crud._older_zarr", "[0 1]"]
