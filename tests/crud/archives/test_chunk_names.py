"""Names of chunks; the oracle is the metadata object."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr.crud._archives.chunk_names import index_reader, inside_reader, name_writer
from zarr.crud._document.cache import as_document


@pytest.mark.parametrize("encoding", ["default", "v2", None])
@pytest.mark.parametrize("separator", [".", "/"])
@pytest.mark.parametrize("shape", [(), (7,), (7, 5)])
def test_names_are_those_of_zarr(encoding: Any, separator: Any, shape: tuple[int, ...]) -> None:
    """Catches a name that differs from the one that a reader asks for."""
    members: Any = {"chunk_key_encoding": {"name": encoding or "v2", "separator": separator}}
    made = zarr.create_array(
        {}, shape=shape, dtype="i2", zarr_format=3 if encoding else 2, **members
    )
    document = as_document(made.metadata)
    write, read = name_writer(document), index_reader(document)
    for index in np.ndindex(*(12,) * len(shape)):
        name = document.array.encode_chunk_key(index)
        assert write(index) == name
        assert read(name) == index
        for other in (f"{name}0x", f"0{name}", f"{name}{separator}0", f"{name} ", "c", ""):
            assert read(other) is None or write(read(other)) == other  # type: ignore[arg-type]


@pytest.mark.parametrize("encoding", ["default", "v2", None])
@pytest.mark.parametrize("separator", [".", "/"])
@pytest.mark.parametrize("shape", [(), (11,), (11, 12), (3, 11, 12)])
def test_names_in_the_grid_are_read_in_any_order(
    encoding: Any, separator: Any, shape: tuple[int, ...]
) -> None:
    """Catches a number that is remembered beyond its axis, or behind the head of another name."""
    members: Any = {"chunk_key_encoding": {"name": encoding or "v2", "separator": separator}}
    made = zarr.create_array(
        {}, shape=shape, chunks=1, dtype="i2", zarr_format=3 if encoding else 2, **members
    )
    document = as_document(made.metadata)
    read, each = inside_reader(document), index_reader(document)
    write = name_writer(document)
    names = [write(index) for index in np.ndindex(*(length + 2 for length in shape))]
    odd = [f"{name}{end}" for name in names for end in ("x", f"{separator}0", separator)]
    odd += [f"0{name}" for name in names] + ["", separator, "c", f"c{separator}", "0", "1"]
    for name in (*names, *odd, *reversed(names), *sorted(names)):
        index = each(name)
        inside = index is not None and all(n < m for n, m in zip(index, shape, strict=True))
        assert read(name) == (index if inside else None), name
