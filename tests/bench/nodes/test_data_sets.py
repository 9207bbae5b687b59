"""The data sets are what their rows say."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from bench.nodes.data_sets import ALONE, DATA_SETS

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")
def test_xarray_alone_asks_zarr_for_nothing(tmp_path: Path) -> None:
    """Catches a share of xarray's that contains a part of zarr's."""
    _, calls, told, _ = DATA_SETS[3]
    contenders = calls(tmp_path)
    expected = told(contenders["zarr"]())
    for stored in list(tmp_path.iterdir()):
        shutil.rmtree(stored)
    assert told(contenders[ALONE]()) == expected
    assert isinstance(expected, list)
    assert len(expected) == 100
    with pytest.raises(FileNotFoundError):
        contenders["zarrs"]()


def test_a_tree_has_all_variables(tmp_path: Path) -> None:
    """Catches a tree whose groups are empty."""
    name, calls, told, _ = DATA_SETS[5]
    assert "datatree" in name
    found = told(calls(tmp_path)["zarrs"]())
    assert isinstance(found, list)
    assert len(found) == 100
