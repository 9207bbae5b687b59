"""Values to write: elements of every data type, in every form that a caller may use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import hypothesis.strategies as st
import ml_dtypes
import numpy as np
import numpy.typing as npt

import zarr
from zarr.crud.testing import some_values
from zarr.dtype import VariableLengthBytes
from zarr.storage import MemoryStore

type Array = npt.NDArray[Any]

TEXTS: Final = ["", "a", "Zürich", "a\0", "日本語", "x" * 40]

PLAIN: Final = (
    *("?", "i1", "u2", "i4", "u8", "i8", "f2", "f4", "f8", "c8", "c16"),
    *("S5", "U3", "V6", "M8[s]", "M8[ns]", "m8[10us]"),
)
STRUCT: Final = [("a", "i2"), ("b", "f8"), ("c", "S3"), ("d", "c8"), ("e", "U2")]


def dtypes(zarr_format: int) -> st.SearchStrategy[np.dtype[Any]]:
    """Draw a data type; for format 2 in either byte order."""
    plain = [np.dtype(name) for name in PLAIN] + [np.dtype(STRUCT)]
    if zarr_format == 3:
        plain.append(np.dtype(ml_dtypes.bfloat16))
    if zarr_format == 2:
        plain += [one.newbyteorder(">") for one in plain if one.newbyteorder(">") != one]
    return st.sampled_from([*plain, np.dtypes.StringDType(), np.dtype(object)])


def elements(dtype: np.dtype[Any], shape: tuple[int, ...], seed: int) -> Array:
    """Make an array of arbitrary elements of a data type; objects are bytes."""
    if dtype.kind in "TO":
        rng = np.random.default_rng(seed)
        chosen = rng.integers(len(TEXTS), size=shape)
        texts: list[Any] = [TEXTS[place] for place in chosen.reshape(-1)]
        if dtype.kind == "O":
            texts = [text.encode() for text in texts]
        made = np.empty(len(texts), dtype)
        made[...] = texts
        return made.reshape(shape)
    return some_values(dtype, shape, seed, np.zeros((), dtype)[()])


def _reversed(array: Array) -> Array:
    backwards = (slice(None, None, -1),) * array.ndim
    return array[backwards].copy()[backwards] if array.ndim else array


def _sparse(array: Array) -> Array:
    room = np.zeros((*array.shape, 2), array.dtype)
    room[..., 1] = array
    return room[..., 1]


def _read_only(array: Array) -> Array:
    array = array.copy()
    array.flags.writeable = False
    return array


def _unaligned(array: Array) -> Array:
    room = np.zeros(array.shape, [("pad", "u1"), ("value", array.dtype)])
    room["value"] = array
    found: Array = room["value"]
    return found


def _swapped(array: Array) -> Array:
    return array.astype(array.dtype.newbyteorder("S"))


def _listed(array: Array) -> Any:
    return [_listed(array[place, ...]) for place in range(len(array))] if array.ndim else array[()]


FORMS: Final[dict[str, Callable[[Array], Any]]] = {
    "array": lambda array: array,
    "columns first": lambda array: np.array(array, order="F"),
    "reversed": _reversed,
    "sparse": _sparse,
    "read-only": _read_only,
    "unaligned": lambda array: array if array.dtype.kind == "T" else _unaligned(array),
    "other byte order": lambda array: array if array.dtype.kind == "T" else _swapped(array),
    "matrix": lambda array: array.view(np.matrix) if array.ndim == 2 else array,
    "masked": lambda array: array.view(np.ma.MaskedArray),
    "records": lambda array: array.view(np.recarray) if array.dtype.names else array,
    "scalar": lambda array: array.reshape(())[()] if array.size == 1 else array,
    "list": lambda array: array.tolist() if array.size else array,
    "list of scalars": lambda array: _listed(array) if array.size else array,
    "objects": lambda array: array if array.dtype.names else array.astype(object),
    "memory": lambda array: memoryview(array) if array.dtype.kind in "biufc" else array,
    "repeated": lambda array: np.broadcast_to(array, array.shape),
}
"""Forms of an array that preserve it exactly."""


def forms(dtype: np.dtype[Any]) -> st.SearchStrategy[Callable[[Array], Any]]:
    """Draw a form that preserves every element of a data type."""
    lossy = set()
    if dtype.kind in "fc":
        # Python numbers all have 8 bytes, and their NaNs are not all the same.
        lossy = {"list", "list of scalars", "objects"}
    if dtype.kind in "MmV":
        # Python dates end with the year 9999.
        lossy = {"list", "objects"}
    return st.sampled_from([form for name, form in FORMS.items() if name not in lossy])


@st.composite
def shapes_for(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Draw a shape that broadcasts to `shape` in an assignment: fewer, shorter or extra axes."""
    kept = list(shape[draw(st.integers(0, len(shape))) :])
    kept = [draw(st.sampled_from([length, 1])) for length in kept]
    if len(kept) == len(shape):
        kept = [1] * draw(st.integers(0, 2)) + kept
    return tuple(kept)


def array_of(
    dtype: np.dtype[Any], shape: tuple[int, ...], zarr_format: Any, **options: Any
) -> zarr.Array[Any]:
    """Create an array with chunks that do not divide it, in its own store."""
    chunks = tuple(max(1, (length + 1) // 2) for length in shape)
    if zarr_format == 3 and dtype.kind not in "TO" and dtype.isnative:
        options.setdefault("shards", tuple(2 * length for length in chunks))
    return zarr.create_array(
        MemoryStore(),
        shape=shape,
        chunks=chunks,
        dtype=VariableLengthBytes() if dtype.kind == "O" else dtype,
        zarr_format=zarr_format,
        compressors=None,
        **options,
    )
