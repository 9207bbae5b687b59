"""The entry points of zarr-crud are those of the fork, by names that work in every environment."""

from __future__ import annotations

import tomllib
from importlib import import_module

import pytest

from fork.fetch import ROOT
from fork.metadata import OURS
from tests.overlay.conftest import Folders
from zarr_crud import registered


def entry_points(file: str) -> dict[str, dict[str, str]]:
    """The groups that both distributions have."""
    groups = tomllib.loads((ROOT / file).read_text())["project"]["entry-points"]
    return {group: groups[group] for group in OURS}


FORK = entry_points("pyproject.toml")
OVERLAY = entry_points("packages/zarr-crud/pyproject.toml")


def test_backends_have_the_same_entry_points() -> None:
    """Catches two packages that declare one backend differently, which is refused."""
    assert OVERLAY["zarr.crud.backends"] == FORK["zarr.crud.backends"]


@pytest.mark.parametrize("group", [g for g in OURS if g != "zarr.crud.backends"])
def test_zarrs_registries_find_the_same_classes(group: str) -> None:
    """Catches a data type or a pipeline that only the fork has, or another one of its name."""
    assert OVERLAY[group].keys() == FORK[group].keys()
    for name, value in OVERLAY[group].items():
        module, _, attribute = value.partition(":")
        assert module == "zarr_crud.registered"
        theirs, _, theirs_attribute = FORK[group][name].partition(":")
        found = getattr(registered, attribute)
        assert found is getattr(import_module(theirs), theirs_attribute)


def test_another_name_is_missing() -> None:
    """Catches an entry point that leads to nothing and fails with a KeyError."""
    with pytest.raises(AttributeError, match="has no attribute 'Int3'"):
        registered.Int3  # noqa: B018


def test_zarr_finds_the_data_types_by_itself(folders: Folders) -> None:
    """Catches entry points that need an import of the package, or a file that was not read."""
    code = "import zarr; a = zarr.create_array({}, shape=3, dtype='bfloat16'); print(a.dtype)\n"
    code += "import sys; print('zarr.crud' in sys.modules)"
    assert folders.said(code).split() == ["bfloat16", "False"]


def test_backends_are_found_beside_the_fork(folders: Folders) -> None:
    """Catches the fork refusing two distributions that declare its backends."""
    code = "import zarr; print(*zarr.crud.list_backends())"
    assert folders.said(code, folders=[folders.overlay]).split() == [
        "reference",
        "zarrista",
        "zarrs",
    ]
