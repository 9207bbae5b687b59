"""Chunk maps as figures."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from matplotlib.image import imread

import zarr
from tests.crud.layout.layouts import ragged, shards
from zarr import crud
from zarr.crud._layout.plot import drawn
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path


def test_a_map_is_drawn_to_a_file(tmp_path: Path) -> None:
    """Catches a figure without an image, or a file that is empty."""
    for name in ("map.png", "map.svg"):
        axes = ragged().plot(file=tmp_path / name)
        assert axes.images[0].get_array().shape == (3, 3)
    assert imread(tmp_path / "map.png").std() > 0
    assert "<svg" in (tmp_path / "map.svg").read_text()


def test_every_array_can_be_drawn(tmp_path: Path) -> None:
    """Catches an array of one axis, or of none, or without chunks, or a name that is a formula."""
    store = MemoryStore()
    for shape in ((), (5,), (0, 3), (4, 4, 4)):
        array = zarr.create_array(store, shape=shape, dtype="u1", overwrite=True)
        array[...] = 1
        crud.layout(array.metadata, store).plot(file=tmp_path / "map.png")
    found, _, _ = shards(name="$a_{$")
    found.plot((1, 0), file=tmp_path / "map.png")


def test_it_is_drawn_where_the_caller_wants_it() -> None:
    """Catches a figure of its own, or a window that blocks."""
    from matplotlib.figure import Figure

    axes = Figure().add_subplot()
    assert drawn(ragged(), (0, 1), axes) is axes
    assert axes.get_xlabel() == "chunk along axis 1"


def test_without_matplotlib_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Catches an error that names no package."""
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"matplotlib, which draws .* install the extra"):
        ragged().plot()
