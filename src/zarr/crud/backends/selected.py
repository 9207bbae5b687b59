"""Helpers for backends that process a selection chunk by chunk, with one array."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.crud._selection.basic import Points
from zarr.crud._selection.chunk_parts import ChunkPart

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud._selection.basic import Selection


def as_planned(array: npt.NDArray[Any], selection: Selection) -> npt.NDArray[Any]:
    """Return the array of a selection's shape as `chunk_parts` addresses it.

    Parameters
    ----------
    array : numpy.ndarray
        The array to read into or to write from, of the shape ``selection.shape``.
    selection : Selection
        The selection.

    Returns
    -------
    numpy.ndarray
        One axis of points, or one axis for each axis of the Zarr array. A view of `array`, except
        for points if `array` is not contiguous enough to be flattened without a copy.

    Examples
    --------
    >>> import numpy as np
    >>> from zarr.crud import Box
    >>> as_planned(np.zeros(3), Box((2, (0, 1, 3)), (3,))).shape
    (1, 3)
    """
    if isinstance(selection, Points):
        return array.reshape(-1)
    index = tuple(None if isinstance(axis, int) else slice(None) for axis in selection.axes)
    return array[index] if index else array


def whole_chunk(index: tuple[int, ...], shape: tuple[int, ...]) -> ChunkPart:
    """Return the part that covers one whole chunk of the given shape.

    Examples
    --------
    >>> whole_chunk((1,), (3,)).out_selection
    (slice(0, 3, 1),)
    """
    whole = tuple(slice(0, length, 1) for length in shape)
    return ChunkPart(index, whole, whole, covered=True)
