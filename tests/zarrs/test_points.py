"""Points far apart in grids of more chunks than 64 bits can number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.storage import MemoryStore

FAR = 2**62


def document(shape: tuple[int, ...], chunks: tuple[int, ...]) -> tuple[Any, MemoryStore]:
    store = MemoryStore()
    zarr.create_array(store, shape=shape, chunks=chunks, dtype=">i2", fill_value=7)
    return crud.read_metadata(store), store


@pytest.mark.parametrize("engine", ["zarrs", "reference", None])
def test_points_in_a_box_of_few_chunks_are_served_anywhere(engine: str | None) -> None:
    """Catches a refusal of points that are near to each other in a large grid."""
    members, store = document((FAR, FAR), (1, 3))
    points = ([FAR - 1, FAR - 9, FAR - 9], [FAR - 2, FAR - 1, 2**61])
    crud.write_region(members, store, points, [1, 2, 3], kind="coordinate", engine=engine)
    found = crud.read_region(members, store, points, kind="coordinate", engine=engine)
    assert np.asarray(found).tolist() == [1, 2, 3]
    empty = crud.read_region(members, store, ([], []), kind="coordinate", engine=engine)
    assert np.shape(empty) == (0,)


@pytest.mark.parametrize(
    ("shape", "chunks"),
    [((FAR, FAR), (1, 1)), ((2**63 - 1, 2**63 - 1), (2, 3)), ((2**40,) * 3, (1,) * 3)],
)
def test_points_too_far_apart_are_refused_by_name_and_served_otherwise(
    shape: tuple[int, ...], chunks: tuple[int, ...]
) -> None:
    """Catches an `IndexError` for points inside the array, and a call that no engine serves."""
    members, store = document(shape, chunks)
    points = tuple([0, length - 1, 5] for length in shape)
    settings: Any = {"kind": "coordinate"}
    with pytest.raises(crud.UnsupportedError, match="box of 2\\*\\*64 chunks or more"):
        crud.read_region(members, store, points, engine="zarrs", **settings)
    with pytest.raises(crud.UnsupportedError, match="select them in several calls"):
        crud.write_region(members, store, points, 1, engine="zarrs", **settings)
    assert store._store_dict.keys() == {"zarr.json"}
    crud.write_region(members, store, points, [1, 2, 3], **settings)
    found = crud.read_region(members, store, points, **settings)
    assert np.asarray(found).tolist() == [1, 2, 3]
    verdicts = crud.explain(members, store, points, kind="coordinate")
    assert [verdicts[name].serves for name in ("reference", "zarrs")] == [True, False]
