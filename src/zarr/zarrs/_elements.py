"""Elements that the extension moves as plain bytes, and when they equal the fill value."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.crud._casting import cast

if TYPE_CHECKING:
    import numpy.typing as npt

type Json = dict[str, Any]

OPAQUE: Final = "opaque"

FLOAT_KINDS: Final = {"f": "float", "c": "complex"}
"""NumPy's kinds of numbers that are not compared bit by bit."""

# Widths of a float that the extension compares; a complex number has two of them.
FLOAT_WIDTHS: Final = frozenset({2, 4, 8})


def opaque(dtype: np.dtype[Any], fill: npt.NDArray[Any]) -> Json:
    """Return the members `data_type` and `fill_value` for elements of `dtype`, in its byte order.

    Such elements cross as they are stored: no codec may look at their data type. `fill` is one
    element, in any byte order.
    """
    rule = _rule(dtype) or {"kind": "bits"}
    configuration = {"size": dtype.itemsize, "compare": rule}
    return {
        "data_type": {"name": OPAQUE, "configuration": configuration},
        "fill_value": list(cast(fill, dtype).tobytes()),
    }


def _rule(dtype: np.dtype[Any]) -> Json | None:
    if dtype.names is not None:
        fields = list(_fields(dtype, 0))
        if all(field["kind"] == "bits" for field in fields) and _is_dense(dtype, fields):
            return None
        return {"kind": "fields", "fields": fields}
    kind = FLOAT_KINDS.get(dtype.kind)
    if kind is None or dtype.itemsize // (1 + (kind == "complex")) not in FLOAT_WIDTHS:
        return None
    return {"kind": kind, "swap": _is_swapped(dtype)}


def _fields(dtype: np.dtype[Any], start: int) -> list[Json]:
    """The plain fields of a structure, those of structures in it included."""
    found: list[Json] = []
    for name in dtype.names or ():
        field, offset = dtype[name], dtype.fields[name][1] if dtype.fields else 0
        base, shape = field.subdtype or (field, ())
        for place in range(int(np.prod(shape, dtype=int))):
            at = start + offset + place * base.itemsize
            if base.names is not None:
                found += _fields(base, at)
            else:
                rule = _rule(base) or {"kind": "bits"}
                found.append(rule | {"at": at, "size": base.itemsize})
    return found


def _is_dense(dtype: np.dtype[Any], fields: list[Json]) -> bool:
    sizes: list[int] = [field["size"] for field in fields]
    return sum(sizes) == dtype.itemsize


def _is_swapped(dtype: np.dtype[Any]) -> bool:
    return dtype.byteorder == (">" if sys.byteorder == "little" else "<")
