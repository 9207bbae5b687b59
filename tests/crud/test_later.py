"""Names that are imported at their first use."""

from __future__ import annotations

import subprocess
import sys

import pytest

from zarr import crud
from zarr.crud._later import PLACES


def test_every_name_is_public_and_found() -> None:
    """Catches a name whose module has moved."""
    assert set(PLACES) <= set(crud.__all__)
    assert all(getattr(crud, name) is not None for name in PLACES)
    assert set(crud.__all__) <= set(dir(crud))


def test_other_names_are_not_found() -> None:
    """Catches a misspelled name that is some object."""
    with pytest.raises(AttributeError, match=r"module 'zarr\.crud' has no attribute 'repac'"):
        _ = crud.repac  # type: ignore[attr-defined]


def test_reading_loads_nothing_of_archives() -> None:
    """Catches an import that makes the first read of every program slower."""
    code = """
import sys
import zarr, zarr.crud
array = zarr.create_array({}, shape=4, dtype="i4")
zarr.crud.read_region(array.metadata, array.store)
folders = ("_archives", "_cli", "_doctor", "_layout", "_repack", "_verify")
loaded = [name for name in sys.modules if name.startswith(tuple(f"zarr.crud.{f}" for f in folders))]
assert not loaded, loaded
zarr.crud.verify
assert "zarr.crud._verify.verify" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
