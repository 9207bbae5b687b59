"""Data types of variable length, in the form that the extension reads."""

from __future__ import annotations

from typing import Any

import pytest

import zarr
from zarr.core.dtype import Int16, VariableLengthBytes, VariableLengthUTF8
from zarr.zarrs._vlen import vlen_codec, vlen_members

pytestmark = pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning")


@pytest.mark.parametrize(
    ("dtype", "codec"),
    [(VariableLengthUTF8(), "vlen-utf8"), (VariableLengthBytes(), "vlen-bytes"), (Int16(), None)],
)
def test_a_data_type_has_its_codec(dtype: Any, codec: str | None) -> None:
    """Catches bytes that are decoded as text, or such a codec for numbers of fixed length."""
    assert vlen_codec(dtype) == codec


@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize(
    ("dtype", "fill_value", "stored"),
    [
        (VariableLengthUTF8(), "", b""),
        (VariableLengthUTF8(), "aé", b"a\xc3\xa9"),
        (VariableLengthUTF8(), "a\0", b"a\0"),
        (VariableLengthBytes(), b"", b""),
        (VariableLengthBytes(), b"\xff\0", b"\xff\0"),
    ],
)
def test_a_fill_value_is_its_bytes(
    dtype: Any, fill_value: Any, stored: bytes, zarr_format: Any
) -> None:
    """Catches characters instead of bytes, or text that is read as bytes."""
    made = zarr.create_array(
        {}, shape=(7,), chunks=(3,), dtype=dtype, fill_value=fill_value, zarr_format=zarr_format
    )
    text = isinstance(fill_value, str)
    assert vlen_members(made.metadata) == {
        "data_type": {"name": "vlen", "configuration": {"text": text}},
        "fill_value": list(stored),
    }


@pytest.mark.parametrize(("dtype", "text"), [("T", True), (VariableLengthBytes(), False)])
def test_no_fill_value_is_an_empty_one(dtype: Any, *, text: bool) -> None:
    """Catches `None` in a document of format 2 that is treated as text."""
    made = zarr.create_array({}, shape=(7,), dtype=dtype, fill_value=None, zarr_format=2)
    assert made.metadata.fill_value is None
    found = vlen_members(made.metadata)
    assert found["data_type"]["configuration"] == {"text": text}
    assert found["fill_value"] == []
