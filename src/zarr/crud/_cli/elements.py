"""Elements as text, as records, as an `.npy` file, and for JSON; pieces of an array in order."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Iterator
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from zarr.crud._cli.escaping import escaped
from zarr.crud._cli.failures import UsageError

if TYPE_CHECKING:
    import numpy.typing as npt

type Pieces = Iterable[npt.NDArray[Any] | np.generic]


def write_text(pieces: Pieces, shape: tuple[int, ...], out: IO[str]) -> None:
    """Write a line for each row of the last axis, and an empty one between planes."""
    plane = shape[-2] if len(shape) > 2 else 0
    for number, row in enumerate(_rows(pieces, shape)):
        if plane and number and number % plane == 0:
            out.write("\n")
        out.write(f"{' '.join(escaped(_word(one)) for one in row)}\n")


def write_csv(pieces: Pieces, shape: tuple[int, ...], out: IO[str]) -> None:
    """Write a record for each row.

    Raises
    ------
    UsageError
        The selection has more than two axes.
    """
    if len(shape) > 2:
        raise UsageError(
            f"a table has two axes, and the selection has {len(shape)}; select single positions on "
            f"the others, such as '{', '.join(['0'] * (len(shape) - 2))}, ...'"
        )
    writer = csv.writer(out, lineterminator="\n")
    # A single axis is a column.
    tall = [[one] for row in _rows(pieces, shape) for one in row] if len(shape) == 1 else None
    for row in tall if tall is not None else _rows(pieces, shape):
        writer.writerow([_word(one) for one in row])


def write_npy(pieces: Pieces, shape: tuple[int, ...], dtype: np.dtype[Any], out: IO[bytes]) -> None:
    """Write NumPy's file format.

    Raises
    ------
    UsageError
        The data type has no fixed size, so that only a pickle could hold the elements.
    """
    if dtype.hasobject or dtype.kind == "T":
        raise UsageError(
            "elements of variable length are not stored in the format npy; use --format text or csv"
        )
    header = {
        "descr": np.lib.format.dtype_to_descr(dtype),
        "fortran_order": False,
        "shape": shape,
    }
    np.lib.format.write_array_header_2_0(out, header)
    for piece in pieces:
        out.write(np.ascontiguousarray(piece).tobytes())


def for_json(pieces: Pieces, shape: tuple[int, ...]) -> Any:
    """Return nested lists of numbers and text."""
    parts = [np.asarray(piece) for piece in pieces]
    whole = parts[0] if len(parts) == 1 else np.concatenate(parts)
    flat = [_json(one) for one in whole.reshape(-1).tolist()]
    return _nested(flat, shape)


def _rows(pieces: Pieces, shape: tuple[int, ...]) -> Iterator[list[Any]]:
    width = shape[-1] if shape else 1
    if math.prod(shape) == 0:
        return
    for piece in pieces:
        flat = np.asarray(piece).reshape(-1)
        if len(shape) == 1:
            yield list(flat)
            continue
        yield from (list(row) for row in flat.reshape(-1, width))


def _word(element: Any) -> str:
    if isinstance(element, bytes):
        # NumPy's own would name its class.
        return repr(bytes(element))
    return str(element)


def _json(element: Any) -> Any:
    if isinstance(element, (bool, int, float, str)) or element is None:
        return element
    if isinstance(element, complex):
        return [element.real, element.imag]
    if isinstance(element, tuple):
        return [_json(one) for one in element]
    return element.decode("latin-1") if isinstance(element, bytes) else str(element)


def _nested(flat: list[Any], shape: tuple[int, ...]) -> Any:
    if not shape:
        return flat[0]
    step = math.prod(shape[1:])
    return [_nested(flat[n * step : (n + 1) * step], shape[1:]) for n in range(shape[0])]
