"""The dialect of a selection, from the types of its items, where these are sufficient.

Upstream runs several checks on every item, which take longer than a small read. Less simple
selections are left to upstream: `None` never means that a selection is wrong.
"""

from __future__ import annotations

from types import EllipsisType
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from zarr.crud._selection.ranges import is_ranges

if TYPE_CHECKING:
    from zarr.crud._selection.basic import Kind

BASIC_TYPES: Final = frozenset({int, slice, EllipsisType})
INTEGERS: Final = frozenset({int})


def item_dialect(selection: Any, shape: tuple[int, ...]) -> Kind | None:
    """Return the dialect of `array[selection]`."""
    items = selection if type(selection) is tuple else (selection,)
    types = set(map(type, items))
    # Upstream treats `a[5, 7]` as orthogonal, which gives an array of rank 0. It treats `a[()]`,
    # `a[...]` and NumPy's integers as basic, which give a scalar.
    if types <= BASIC_TYPES:
        return "orthogonal" if types == INTEGERS else "basic"
    if _is_mask(selection, shape):
        return "mask"
    lists = _count_lists(items)
    if lists is None:
        return "basic" if all(map(_is_basic_type, types)) else None
    if len(items) == len(shape) and slice not in types:
        return "coordinate"
    return "orthogonal" if lists == 1 and len(items) < len(shape) + (slice in types) else None


def point_dialect(selection: Any, shape: tuple[int, ...]) -> Kind | None:
    """Return the dialect of `array.vindex[selection]`."""
    if _is_mask(selection, shape):
        return "mask"
    items = selection if type(selection) is tuple else (selection,)
    plain = len(items) == len(shape) and _count_lists(items) is not None
    return "coordinate" if plain and slice not in set(map(type, items)) else None


def outer_dialect(selection: Any, _shape: tuple[int, ...]) -> Kind | None:
    """Return the dialect of `array.oindex[selection]`."""
    items = selection if type(selection) is tuple else (selection,)
    plain = _count_lists(items) is not None or set(map(type, items)) <= BASIC_TYPES
    # Upstream has no ranges.
    return "orthogonal" if plain or any(map(is_ranges, items)) else None


def block_dialect(selection: Any, _shape: tuple[int, ...]) -> Kind | None:
    """Return the dialect of `array.blocks[selection]`."""
    items = selection if type(selection) is tuple else (selection,)
    return "block" if set(map(type, items)) <= BASIC_TYPES else None


def _is_basic_type(kind: type) -> bool:
    return kind in BASIC_TYPES or issubclass(kind, np.integer)


def _is_mask(selection: Any, shape: tuple[int, ...]) -> bool:
    return (
        type(selection) is np.ndarray
        and selection.dtype.kind == "b"
        and selection.shape == shape != ()
    )


def _count_lists(items: tuple[Any, ...]) -> int | None:
    """The number of lists of integers; `None` if there are items other than integers and slices."""
    count = 0
    for item in items:
        kind = type(item)
        if kind is list:
            if set(map(type, item)) != INTEGERS:
                return None
            count += 1
        elif kind is np.ndarray:
            if item.dtype.kind not in "iu" or not item.ndim:
                return None
            count += 1
        elif kind is not int and kind is not slice:
            return None
    return count
