"""Absent chunks: their values bit by bit, and the cost if there are many."""

from __future__ import annotations

import json
import os
import pickle
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

# The data type, the fill value in the document, and the bits that it stands for, as an integer.
FILLS: list[tuple[str, object, int]] = [
    ("float64", "0x7ff8000000000001", 0x7FF8000000000001),
    ("float64", "0xfff8000000000000", 0xFFF8000000000000),
    ("float64", "0x7ff0000000000001", 0x7FF0000000000001),
    ("float64", "NaN", 0x7FF8000000000000),
    ("float64", "-Infinity", 0xFFF0000000000000),
    ("float64", -0.0, 0x8000000000000000),
    ("float32", "0x7fc12345", 0x7FC12345),
    ("float32", "0xffa00001", 0xFFA00001),
    ("float16", "0x0001", 0x0001),
    ("float16", "0x7d01", 0x7D01),
    ("float16", "Infinity", 0x7C00),
    ("int64", -(2**63), 1 << 63),
    ("uint64", 2**64 - 1, 2**64 - 1),
    ("int8", -128, 0x80),
    ("bool", True, 1),
    ("complex64", ["0x7fa00001", "-Infinity"], 0xFF8000007FA00001),
    ("complex128", [-0.0, "NaN"], 0x7FF8000000000000_8000000000000000),
]


def document_of(data_type: str, fill: object) -> dict[str, Any]:
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [5],
        "data_type": data_type,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [3]}},
        "chunk_key_encoding": {"name": "default"},
        "fill_value": fill,
        "codecs": [
            {"name": "bytes"}
            if data_type in ("int8", "bool")
            else {"name": "bytes", "configuration": {"endian": "little"}}
        ],
        "attributes": {},
    }


# NumPy warns about signaling NaNs in comparisons.
@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
@pytest.mark.parametrize(("data_type", "fill", "bits"), FILLS)
def test_fill_values_keep_every_bit(
    engine: str, data_type: str, fill: object, bits: int, tmp_path: Path
) -> None:
    """Catches a NaN that arithmetic changes, or a zero that a comparison changes."""
    (tmp_path / "zarr.json").write_text(json.dumps(document_of(data_type, fill)))
    document = crud.read_metadata(tmp_path)
    store = LocalStore(tmp_path)
    expected = bits.to_bytes(np.dtype(data_type).itemsize, "little")
    found = np.asarray(crud.read_region(document, store, engine=engine))
    assert found.astype(found.dtype.newbyteorder("<")).tobytes() == expected * 5
    # A partial write of an absent chunk stores the same bits around the new element.
    crud.write_region(document, store, 1, np.ones((), data_type), engine=engine)
    chunk = crud.read_encoded_chunk(document, store, (0,))
    if chunk is not None:
        assert chunk[: len(expected)] == chunk[2 * len(expected) :] == expected


STRUCT: dict[str, Any] = {
    "name": "struct",
    "configuration": {
        "fields": [
            {"name": "a", "data_type": "float32"},
            {"name": "b", "data_type": "complex64"},
        ]
    },
}


def routes(root: Path, engine: str) -> dict[str, zarr.Array[Any]]:
    """The array `a` below a root, in each way in which a program gets it."""
    store = LocalStore(root)
    opened = zarr.open_array(root / "a", mode="r+", engine=engine)
    member = zarr.open_group(store, mode="r+", engine=engine)["a"]
    consolidated = zarr.open_consolidated(store, mode="r+", engine=engine)["a"]
    assert isinstance(member, zarr.Array)
    assert isinstance(consolidated, zarr.Array)
    grown = zarr.open_array(root / "a", mode="r+", engine=engine)
    grown.resize((6,))
    grown.resize((5,))
    renamed = zarr.open_array(root / "a", mode="r+", engine=engine)
    renamed.attrs["units"] = "m"
    return {
        "opened": opened,
        "member": member,
        "consolidated": consolidated,
        "from the configuration": opened.with_config({"order": "C"}),
        "asynchronous": zarr.Array(opened.async_array),
        "pickled": pickle.loads(pickle.dumps(opened)),
        "resized": grown,
        "with attributes": renamed.update_attributes({"units": "km"}),
        "opened again": zarr.open_array(root / "a", mode="r+", engine=engine),
    }


@pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning")
@pytest.mark.filterwarnings("ignore:Consolidated metadata:zarr.errors.ZarrUserWarning")
@pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")
@pytest.mark.parametrize("engine", ["reference", "zarrs", "auto"])
@pytest.mark.parametrize(
    ("data_type", "fill", "bits"),
    [
        *FILLS,
        (STRUCT, {"a": "0x7fa00001", "b": ["0xffc00007", -0.0]}, 0x80000000_FFC00007_7FA00001),
    ],
)
def test_arrays_keep_every_bit_of_a_fill_value(
    engine: str, data_type: Any, fill: object, bits: int, tmp_path: Path
) -> None:
    """Catches bits that are lost in zarr's metadata objects, which hold a number."""
    zarr.create_group(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a/zarr.json").write_text(json.dumps(document_of(data_type, fill)))
    zarr.consolidate_metadata(str(tmp_path))
    consolidated = json.loads((tmp_path / "zarr.json").read_text())["consolidated_metadata"]
    assert json.dumps(consolidated["metadata"]["a"]["fill_value"]) == json.dumps(fill)
    for name, array in routes(tmp_path, engine).items():
        size = array.dtype.itemsize
        expected = bits.to_bytes(size, "little")
        assert np.asarray(array[...]).tobytes() == expected * 5, name
        array[1] = np.ones((), array.dtype)
        # A partial write of an absent chunk stores the same bits around the new element.
        stored = tmp_path / "a/c/0"
        if stored.exists():
            assert stored.read_bytes()[:size] == expected, name
            stored.unlink()
    # Some of them stored the document again.
    assert json.loads((tmp_path / "a/zarr.json").read_text())["attributes"] == {"units": "km"}
    kept = json.loads((tmp_path / "a/zarr.json").read_text())["fill_value"]
    assert json.dumps(kept) == json.dumps(fill)


@pytest.mark.parametrize("engine", ["reference", "zarrs", "auto"])
@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "c8", "c16"])
@pytest.mark.parametrize("usual", [False, True])
def test_a_chunk_of_a_fill_value_is_the_same_when_it_is_opened_again(
    engine: str, dtype: str, usual: bool, tmp_path: Path
) -> None:
    """Catches a chunk that is dropped because its bytes equal a fill value other than the stored
    one.
    """
    words = np.full(1, -np.nan, dtype).view(f"f{np.dtype(dtype).itemsize // (1 + ('c' in dtype))}")
    if not usual:
        words.view(f"u{words.itemsize}")[:] |= 5
    fill = words.view(dtype)[0]
    made = zarr.create_array(
        tmp_path, shape=(5,), chunks=(3,), dtype=dtype, fill_value=fill, engine=engine
    )
    made[:3] = np.full(3, fill)
    opened = zarr.open_array(tmp_path, engine=engine)
    for array in (made, opened):
        assert np.asarray(array[:3]).tobytes() == fill.tobytes() * 3
    # The other elements have the value of the document, where all usual NaNs are the same.
    assert np.asarray(made[3:]).tobytes() == np.asarray(opened[3:]).tobytes()
    if not usual:
        assert np.asarray(opened[3:]).tobytes() == fill.tobytes() * 2


def test_a_million_absent_chunks_take_seconds(tmp_path: Path) -> None:
    """Catches a slow request, lock or allocation for each absent chunk.

    Python alone takes about a second on an idle machine to look for a million missing files.
    """
    zarr.create_array(tmp_path, shape=(1000, 1000), chunks=(1, 1), dtype="u1", fill_value=3)
    document = crud.read_metadata(tmp_path)
    names = [f"{tmp_path}/c/{number}/0" for number in range(100_000)]
    start = time.perf_counter()
    assert not any(os.path.exists(name) for name in names)  # noqa: PTH110
    looked = time.perf_counter()
    found = np.asarray(crud.read_region(document, tmp_path, engine="zarrs"))
    assert time.perf_counter() - looked < 20 * 10 * (looked - start)
    assert (found == 3).all()


class Unlisted(MemoryStore):
    """A store that cannot list."""

    def refuse(self, *_: object) -> AsyncIterator[str]:
        raise AssertionError("it was listed")

    list = list_dir = list_prefix = refuse  # type: ignore[assignment]


def test_reading_and_writing_lists_nothing(engine: str) -> None:
    """Catches a listing, which takes far longer than a read if there are a million chunks."""
    store = Unlisted()
    document = document_of("int32", 0)
    crud.write_region(document, store, slice(0, 4), 7, engine=engine, detached=True)
    assert list(np.asarray(crud.read_region(document, store, engine=engine))) == [7, 7, 7, 7, 0]
    crud.write_chunk(document, store, (0,), 0, engine=engine, detached=True)
    assert list(
        np.asarray(crud.read_chunk(document, store, (0,), engine=engine, detached=True))
    ) == [0, 0, 0]
