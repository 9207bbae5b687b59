"""The data types, as their specifications describe them, and documents of arrays of them."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from zarr.dtype import parse_dtype


class Spec(NamedTuple):
    """A floating-point data type: its number of bits, and the bits of special elements."""

    bits: int
    nan: int | None
    infinity: int | None


FLOATS: Final[dict[str, Spec]] = {
    "bfloat16": Spec(16, 0x7FC0, 0x7F80),
    "float8_e3m4": Spec(8, 0x78, 0x70),
    "float8_e4m3": Spec(8, 0x7C, 0x78),
    "float8_e4m3b11fnuz": Spec(8, 0x80, None),
    "float8_e4m3fn": Spec(8, 0x7F, None),
    "float8_e4m3fnuz": Spec(8, 0x80, None),
    "float8_e5m2": Spec(8, 0x7E, 0x7C),
    "float8_e5m2fnuz": Spec(8, 0x80, None),
    "float8_e8m0fnu": Spec(8, 0xFF, None),
    "float6_e2m3fn": Spec(6, None, None),
    "float6_e3m2fn": Spec(6, None, None),
    "float4_e2m1fn": Spec(4, None, None),
}

INTEGERS: Final = {"int4": (-8, 7), "uint4": (0, 15), "int2": (-2, 1), "uint2": (0, 3)}

NAMES: Final = (*FLOATS, *INTEGERS)


def native(name: str) -> np.dtype[Any]:
    """NumPy's data type."""
    return parse_dtype(name, zarr_format=3).to_native_dtype()


def patterns(name: str) -> npt.NDArray[Any]:
    """One element of each bit pattern."""
    dtype = native(name)
    if name in INTEGERS:
        least, most = INTEGERS[name]
        return np.arange(least, most + 1, dtype="i1").astype(dtype)
    return np.arange(1 << FLOATS[name].bits, dtype=f"u{dtype.itemsize}").view(dtype)


def elements(name: str, shape: tuple[int, ...], seed: int = 0) -> npt.NDArray[Any]:
    """Arbitrary elements."""
    return np.random.default_rng(seed).choice(patterns(name), size=shape)


def word(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """The bits of elements."""
    return array.view(f"u{array.dtype.itemsize}")


def document(name: str, endian: str = "little", **members: Any) -> dict[str, Any]:
    """An array of shape (7, 5) in chunks of (3, 2), without compression."""
    order = {"configuration": {"endian": endian}} if name == "bfloat16" else {}
    fill_value: Any = 1 if name in INTEGERS else 1.0
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [7, 5],
        "data_type": name,
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [3, 2]}},
        "chunk_key_encoding": {"name": "default"},
        "fill_value": fill_value,
        "codecs": [{"name": "bytes", **order}],
    } | members
