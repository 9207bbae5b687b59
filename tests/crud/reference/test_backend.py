"""Arrays that only the reference must serve: format 2, and elements of variable length."""

from __future__ import annotations

from typing import Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.codecs import BloscCodec
from zarr.storage import MemoryStore

pytestmark = pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")

TEXT = np.array([["a", "bb", "日本"], ["", "x", "y" * 300]], dtype=np.dtypes.StringDType())
RECORDS = np.array([[(i, i / 7) for i in range(3)]] * 2, dtype=[("a", ">i2"), ("b", "<f8")])

CASES: dict[str, tuple[dict[str, Any], Any]] = {
    "strings": ({"dtype": str}, TEXT),
    "strings, format 2": ({"dtype": str, "zarr_format": 2}, TEXT),
    "bytes": (
        {"dtype": "variable_length_bytes"},
        np.array([[b"a", b"\0b", b"c"], [b"", b"x", b"y"]], dtype=object),
    ),
    "big-endian, format 2": (
        {"dtype": ">f4", "zarr_format": 2},
        np.arange(6, dtype=">f4").reshape(2, 3),
    ),
    "F order, format 2": (
        {"dtype": "S4", "zarr_format": 2, "order": "F"},
        np.array([["a", "bb", "cccc"], ["", "x", "y"]], dtype="S4"),
    ),
    "structures, format 2": ({"dtype": RECORDS.dtype, "zarr_format": 2}, RECORDS),
    "no fill value, format 2": (
        {"dtype": "i4", "zarr_format": 2, "fill_value": None},
        np.arange(6, dtype="i4").reshape(2, 3),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_other_elements_and_format_2_round_trip(case: str) -> None:
    """Catches a read or write that changes a value, or that upstream reads differently."""
    keywords, values = CASES[case]
    store = MemoryStore()
    array = zarr.create_array(store, shape=(2, 3), chunks=(2, 2), **keywords)
    document = crud.read_metadata(store)
    crud.write_region(document, store, ..., values, engine="reference")
    found = crud.read_region(document, store, engine="reference")
    assert isinstance(found, np.ndarray)
    assert found.dtype == values.dtype
    assert np.array_equal(found, values)
    assert np.array_equal(np.asarray(array[...]), values)
    rows = ([1, 0, 0], slice(None, None, -1))
    found = crud.read_region(document, store, rows, kind="orthogonal", engine="reference")
    assert np.array_equal(found, values[[1, 0, 0]][:, ::-1])
    crud.write_region(document, store, (0, 1), values[1, 2], engine="reference")
    assert crud.read_region(document, store, (0, 1), engine="reference") == values[1, 2]
    chunk = crud.read_chunk(document, store, (0, 0), engine="reference")
    assert np.array_equal(chunk[1], values[1, :2])


@pytest.mark.parametrize(
    ("kind", "selection"), [("mask", np.array(True)), ("coordinate", ()), ("orthogonal", ())]
)
def test_every_dialect_writes_the_one_element_of_an_array_of_rank_0(
    kind: Any, selection: Any
) -> None:
    """Catches an axis that one dialect adds: a list of points has one, the element has none."""
    array = zarr.create_array({}, shape=(), chunks=(), dtype="i2")
    store = array.store
    value = np.full(1 if kind == "mask" else (), 5)
    crud.write_region(array.metadata, store, selection, value, kind=kind, engine="reference")
    assert array[()] == 5


def test_a_compressor_that_numcodecs_lacks_is_refused() -> None:
    """Catches chunks that are reported as damaged, or writes with an unrelated message."""
    codecs: list[tuple[Any, Any]] = [
        (3, BloscCodec(cname="snappy")),
        (2, numcodecs.Blosc(cname="snappy")),
    ]
    for version, codec in codecs:
        array = zarr.create_array({}, shape=4, dtype="i2", compressors=codec, zarr_format=version)
        with pytest.raises(crud.UnsupportedError, match="without the compressor 'snappy'"):
            crud.read_region(array.metadata, {}, engine="reference")
        with pytest.raises(crud.UnsupportedError, match="without the compressor 'snappy'"):
            crud.write_region(array.metadata, {}, ..., 1, engine="reference")
