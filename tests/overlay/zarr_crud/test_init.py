"""All names of `zarr.crud` are names of `zarr_crud`."""

from __future__ import annotations

import tomllib

import pytest

import zarr.crud
import zarr_crud
from _zarr_crud_finder import BELOW, OLDEST
from fork.fetch import ROOT
from tests.overlay.conftest import PROJECT, Folders


def test_every_public_name_is_the_same_object() -> None:
    """Catches a function that exists twice, or is missing."""
    assert set(zarr_crud.__all__) == {*zarr.crud.__all__, "provider", "require_engines"}
    for name in zarr.crud.__all__:
        assert getattr(zarr_crud, name) is getattr(zarr.crud, name)
        assert name in dir(zarr_crud)


def test_other_names_are_missing() -> None:
    """Catches a module attribute that `hasattr` finds although it is not public."""
    for name in ("nothing", "backends", "__wrapped__"):
        with pytest.raises(AttributeError, match=f"module 'zarr_crud' has no attribute '{name}'"):
            getattr(zarr_crud, name)


def test_all_names_can_be_imported_with_a_star(folders: Folders) -> None:
    """Catches a lazy attribute that a star import does not see."""
    code = "from zarr_crud import *; print(read_region.__module__, provider())"
    assert folders.said(code) == "zarr.crud._regions overlay"


def test_the_import_does_not_import_the_functions(folders: Folders) -> None:
    """Catches a look-up of a data type in a registry of zarr that imports a hundred modules."""
    code = "import sys, zarr_crud; print([n for n in sys.modules if n.startswith('zarr.crud')])"
    assert folders.said(code) == "[]"


def test_the_releases_and_the_version_are_those_of_the_metadata() -> None:
    """Catches a range of releases that pip and the import disagree about."""
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    low, high = (".".join(map(str, numbers)) for numbers in (OLDEST, BELOW))
    assert f"zarr>={low},<{high}" in project["dependencies"]
    fork = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    assert set(project["dependencies"]) - {f"zarr>={low},<{high}"} <= set(fork)
    assert project["version"] == zarr_crud.__version__
