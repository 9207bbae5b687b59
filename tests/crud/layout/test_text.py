"""Layouts as text."""

from __future__ import annotations

import numpy as np

import zarr
from tests.crud.layout.layouts import ragged, shards
from zarr import crud
from zarr.crud._layout.text import map_lines, rows_of, text_of
from zarr.storage import MemoryStore


def test_the_rows_say_what_is_stored() -> None:
    """Catches a unit of the wrong name, or a size without its unit."""
    rows = dict(rows_of(ragged()))
    assert rows["array"] == "/, shape 7x5, int16"
    assert rows["chunks"] == "3x2 elements, a grid of 3x3"
    assert rows["stored"] == "4 of 9 chunks, 48 B, compressed 1.0 times"
    assert rows["sizes"] == "12 B to 12 B, median 12 B"
    found, _, _ = shards(name="a/b")
    rows = dict(rows_of(found))
    assert rows["array"].startswith("a/b, ")
    assert rows["subchunks"] == "3x2 elements, 4 in a shard"
    assert rows["in shards"] == "9 of 16 subchunks, 0 damaged indexes"
    assert rows["dead bytes"] == "0 B"


def test_the_map_is_small_whatever_the_grid() -> None:
    """Catches a line for each of a million rows."""
    assert map_lines(ragged())[:3] == ["██·", "██·", "···"]
    store = MemoryStore()
    array = zarr.create_array(store, shape=(10**6, 10**6), chunks=(1, 1), dtype="u1")
    array[5, 5] = 1
    lines = map_lines(crud.layout(array.metadata, store))
    assert len(lines) == 33
    assert {len(line) for line in lines[:-1]} == {32}
    assert lines[-1].endswith("; 31250 by 31250 chunks in a character")


def test_arrays_without_chunks_or_axes_have_a_text() -> None:
    """Catches a minimum of nothing, or a map of no axes."""
    empty = zarr.create_array({}, shape=(0, 3), chunks=(2, 2), dtype="u1")
    found = crud.layout(empty.metadata, MemoryStore(), detached=True)
    assert text_of(found).count("\n") == 2
    store = MemoryStore()
    scalar = zarr.create_array(store, shape=(), dtype="f8")
    scalar[...] = 1
    assert "█" in text_of(crud.layout(scalar.metadata, store))
    line = zarr.create_array(store, data=np.arange(5), chunks=(2,), overwrite=True)
    assert "██▓\n" in text_of(crud.layout(line.metadata, store))
