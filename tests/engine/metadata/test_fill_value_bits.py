"""Fill values that a document spells by their bits."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import zarr
from zarr._engine.metadata.fill_value_bits import spell_fill_value
from zarr.core.metadata.v2 import ArrayV2Metadata
from zarr.core.metadata.v3 import ArrayV3Metadata
from zarr.storage import MemoryStore

type Json = dict[str, Any]

NAN32, NAN64 = "0x7fc12345", "0x7ff8000000000001"
SPELLED: list[tuple[str, Any]] = [
    ("float32", NAN32),
    ("float64", NAN64),
    ("complex64", [NAN32, 0.0]),
    ("complex64", [1.0, NAN32]),
]


def members(data_type: str, fill_value: Any) -> Json:
    """The document of an array of rank 1."""
    made = zarr.create_array({}, shape=3, chunks=2, dtype=data_type, compressors=None).metadata
    return json.loads(json.dumps(made.to_dict() | {"fill_value": fill_value}))  # type: ignore[no-any-return]


@pytest.mark.parametrize(("data_type", "fill_value"), SPELLED)
def test_a_document_that_is_stored_again_has_the_same_fill_value(
    data_type: str, fill_value: Any
) -> None:
    """Catches other bits than those in the existing chunks."""
    document = members(data_type, fill_value)
    metadata = ArrayV3Metadata.from_dict(document)
    for again in (
        metadata,
        metadata.update_shape((5,)),
        metadata.update_attributes({"a": 1}),
        metadata.update_shape((5,)).update_attributes({"a": 1}).update_shape((2,)),
        ArrayV3Metadata.from_dict(metadata.to_dict()),
    ):
        assert again.to_dict()["fill_value"] == fill_value


def test_a_spelled_fill_value_is_not_shared_with_callers() -> None:
    """Catches a fill value that changes with members that a caller gave or received."""
    document = members("complex64", [NAN32, 0.0])
    metadata = ArrayV3Metadata.from_dict(document)
    document["fill_value"][0] = 7.0
    metadata.to_dict()["fill_value"][0] = 8.0  # type: ignore[index]
    assert metadata.to_dict()["fill_value"] == [NAN32, 0.0]


@pytest.mark.parametrize(
    ("data_type", "fill_value"),
    [("float32", "NaN"), ("float64", 1.5), ("complex64", ["NaN", "Infinity"]), ("int16", 3)],
)
def test_a_fill_value_without_bits_is_left_to_zarr(data_type: str, fill_value: Any) -> None:
    """Catches another spelling of a standard value, or an attribute that no document needs."""
    metadata = ArrayV3Metadata.from_dict(members(data_type, fill_value))
    before = dict(vars(metadata))
    spell_fill_value(metadata)
    assert vars(metadata) == before
    assert json.loads(json.dumps(metadata.to_dict()["fill_value"])) == fill_value


@pytest.mark.parametrize("dtype", ["f4", "c8"])
def test_the_bits_of_a_new_array_are_spelled(dtype: str) -> None:
    """Catches a NaN that is stored as the standard one, and so changes when it is read back."""
    nan: Any = np.array([0x7FC12345], "u4").view("f4").astype(dtype)[0]
    bits = nan.tobytes()
    metadata = zarr.create_array(MemoryStore(), shape=3, dtype=dtype, fill_value=nan).metadata
    assert isinstance(metadata, ArrayV3Metadata)
    assert NAN32 not in str(metadata.to_dict()["fill_value"])
    spell_fill_value(metadata)
    assert NAN32 in str(metadata.to_dict()["fill_value"])
    stored: Any = ArrayV3Metadata.from_dict(metadata.to_dict()).fill_value
    assert stored.tobytes() == bits


def test_documents_of_format_2_are_left_to_zarr() -> None:
    """Catches a spelling that format 2 does not have."""
    nan: Any = np.array([0x7FC12345], "u4").view("f4")[0]
    store = MemoryStore()
    metadata = zarr.create_array(store, shape=3, dtype="f4", fill_value=nan, zarr_format=2).metadata
    assert isinstance(metadata, ArrayV2Metadata)
    spell_fill_value(metadata)
    assert metadata.to_dict()["fill_value"] == "NaN"
