"""Strings and bytes of variable length, in the form that the extension reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zarr.core.dtype.npy.bytes import VariableLengthBytes
from zarr.core.dtype.npy.string import VariableLengthUTF8

if TYPE_CHECKING:
    from zarr.core.dtype import ZDType
    from zarr.core.metadata.v2 import ArrayV2Metadata
    from zarr.core.metadata.v3 import ArrayV3Metadata

type Json = dict[str, Any]

VLEN: Final = "vlen"
"""The extension's name for such data types and their codec."""

TEXT_CODEC: Final = "vlen-utf8"
BYTES_CODEC: Final = "vlen-bytes"


def vlen_codec(dtype: ZDType[Any, Any]) -> str | None:
    """Return the name of the codec for elements of a data type of variable length."""
    if isinstance(dtype, VariableLengthUTF8):
        return TEXT_CODEC
    return BYTES_CODEC if isinstance(dtype, VariableLengthBytes) else None


def vlen_members(metadata: ArrayV2Metadata | ArrayV3Metadata) -> Json:
    """Return the members `data_type` and `fill_value` for such elements."""
    fill_value: Any = metadata.fill_value
    if fill_value is None:
        fill_value = metadata.dtype.default_scalar()
    text = isinstance(fill_value, str)
    return {
        "data_type": {"name": VLEN, "configuration": {"text": text}},
        "fill_value": list(fill_value.encode() if text else fill_value),
    }
