"""Repacks of texts, structures and rectilinear grids."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.repack.cases import STRUCTURED, TEXTS, assert_elements
from zarr import crud
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator

ARRAYS: dict[str, tuple[Any, dict[str, Any]]] = {
    "structures of format 2": (STRUCTURED, {"dtype": STRUCTURED.dtype, "zarr_format": 2}),
    "big structures of format 2": (
        STRUCTURED.astype(STRUCTURED.dtype.newbyteorder(">")),
        {"dtype": STRUCTURED.dtype.newbyteorder(">"), "zarr_format": 2},
    ),
    "structures": (STRUCTURED, {"dtype": STRUCTURED.dtype}),
    "texts of format 2": (TEXTS, {"dtype": str, "zarr_format": 2}),
    "texts": (TEXTS, {"dtype": str}),
    "fixed texts": (TEXTS.astype("<U5"), {"dtype": "<U5"}),
    "big fixed texts of format 2": (TEXTS.astype(">U5"), {"dtype": ">U5", "zarr_format": 2}),
}
CHANGES: list[dict[str, Any]] = [
    {},
    {"zarr_format": 3},
    {"zarr_format": 3, "shards": (6, 4)},
    {"compressors": ()},
]


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """Upstream warns of data types that the specification does not name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@pytest.mark.parametrize("number", range(len(CHANGES)))
@pytest.mark.parametrize("name", ARRAYS)
def test_texts_and_structures_are_kept(name: str, number: int) -> None:
    """Catches texts that are cut or lost, and fields in another byte order."""
    values, members = ARRAYS[name]
    source, target = MemoryStore(), MemoryStore()
    array: Any = zarr.create_array(source, shape=(7, 5), chunks=(3, 2), **members)
    array[:3] = values[:3]
    array[6] = values[6]
    expected = np.asarray(zarr.open_array(source)[...])
    plan = crud.repack_plan(source, target, **CHANGES[number])
    assert (plan.bytes_decoded == 0) == (number < 3)
    assert plan.run(verify=True).ok
    found: Any = np.asarray(zarr.open_array(target)[...])
    if expected.dtype.names is None:
        assert_elements(target, expected.astype(found.dtype), "")
    else:
        for field in expected.dtype.names:
            assert np.array_equal(found[field], expected[field])


def test_rectilinear_grids_are_copied_and_made_regular() -> None:
    """Catches chunks of a rectilinear grid that get another shape."""
    values = np.arange(35, dtype="i4").reshape(7, 5)
    with zarr.config.set({"array.rectilinear_chunks": True}):
        source = MemoryStore()
        array: Any = zarr.create_array(
            source, shape=(7, 5), chunks=[[4, 3], [2, 3]], dtype="i4", fill_value=-1
        )
        array[...] = values
        for wanted, way in (({}, "copied"), ({"chunks": (3, 2)}, "re-encoded")):
            target = MemoryStore()
            report = crud.repack(source, target, verify=True, **wanted)  # type: ignore[arg-type]
            assert report.arrays[0].way == way
            assert_elements(target, values, "")
