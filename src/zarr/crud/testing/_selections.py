"""Hypothesis strategies for selections in every dialect, and NumPy's result for each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import hypothesis.strategies as st
import numpy as np

from zarr.crud._selection.ranges import Ranges, is_ranges

if TYPE_CHECKING:
    import numpy.typing as npt

    from zarr.crud._selection.basic import Kind


class Drawn(NamedTuple):
    """A selection, its dialect, and the elements it selects."""

    kind: Kind
    selection: Any
    places: npt.NDArray[np.intp]
    """Flat positions of the selected elements in C order, in the shape of the result."""

    @property
    def has_ranges(self) -> bool:
        """Whether an index is several ranges, which zarr-python's own path does not take."""
        items = self.selection if isinstance(self.selection, tuple) else (self.selection,)
        return any(map(is_ranges, items))

    def of(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The elements that the selection reads from `values`."""
        flat = np.asarray(values).reshape(-1)
        return flat[self.places.reshape(-1)].reshape(self.places.shape)

    def put(self, values: npt.NDArray[Any], new: npt.ArrayLike) -> None:
        """Assign to the selected elements; if a position occurs twice, the last value is kept."""
        # A copy: NumPy clears a string of rank 0 that is assigned to itself.
        flat = values.flatten()
        flat[self.places.reshape(-1)] = np.broadcast_to(new, self.places.shape).reshape(-1)
        values[...] = flat.reshape(values.shape)


@st.composite
def selections(
    draw: st.DrawFn, shape: tuple[int, ...], starts: Sequence[Sequence[int]] | None = None
) -> Drawn:
    """Draw a selection of an array of `shape` in any dialect.

    `starts` are the positions at which the chunks of each axis begin; without them no block
    selection is drawn.
    """
    places = np.arange(np.prod(shape, dtype=np.intp)).reshape(shape)
    kinds = ["basic", "orthogonal", "mask"]
    if 0 not in shape and shape:
        kinds.append("coordinate")
    if starts is not None and 0 not in shape:
        kinds.append("block")
    kind = draw(st.sampled_from(kinds))
    if kind == "basic":
        basic = draw(basic_selections(shape))
        return Drawn("basic", basic, np.asarray(places[basic]))
    if kind == "orthogonal":
        return draw(_orthogonal(places))
    if kind == "mask":
        mask = np.reshape(draw(_flags(places.size)), shape)
        return Drawn("mask", mask, places[mask])
    if kind == "coordinate":
        return draw(_coordinate(places))
    return draw(_block(places, starts or ()))


@st.composite
def _orthogonal(draw: st.DrawFn, places: npt.NDArray[np.intp]) -> Drawn:
    items: list[Any] = []
    taken = places
    for length in places.shape:
        axis = taken.ndim - (places.ndim - len(items))
        slices = basic_selections((length,)).filter(lambda items: len(items) == 1)
        options: list[st.SearchStrategy[Any]] = [
            slices.map(lambda items: slice(None) if items[0] is ... else items[0]),
            _flags(length),
            st.lists(st.integers(-length, length - 1), max_size=9) if length else st.just([]),
            ranges_of(length),
        ]
        item = draw(st.one_of(options))
        if isinstance(item, list) and not is_ranges(item):
            item = draw(st.sampled_from([item, np.array(item, dtype=np.int64)]))
        whole = (slice(None),) * axis
        spelled = _spelled_out(item, length)
        taken = taken[(*whole, spelled)]
        items.append(item)
    return Drawn("orthogonal", tuple(items), np.asarray(taken))


def _spelled_out(item: Any, length: int) -> Any:
    """An index of one axis as NumPy takes it."""
    if isinstance(item, Ranges):
        item = list(map(slice, item.starts.tolist(), item.stops.tolist()))
    if is_ranges(item) and isinstance(item, list):
        return np.concatenate([np.arange(length)[one] for one in item])
    return np.asarray(item, dtype=np.intp) if isinstance(item, list) else item


def ranges_of(length: int) -> st.SearchStrategy[list[slice] | Ranges]:
    """Draw several ranges of an axis: a list of slices of any sign and step, or `Ranges`."""
    position = st.integers(-length - 2, length + 2)
    step = st.sampled_from([None, None, 1, 1, 2, -1])
    slices = st.builds(slice, st.none() | position, st.none() | position, step)
    pair = st.tuples(st.integers(0, length), st.integers(0, length)).map(sorted)
    pairs = st.lists(pair, max_size=5)
    ranges = pairs.map(lambda all_: Ranges([a for a, _ in all_], [b for _, b in all_]))
    return st.lists(slices, min_size=1, max_size=5) | ranges


@st.composite
def _coordinate(draw: st.DrawFn, places: npt.NDArray[np.intp]) -> Drawn:
    shape = draw(st.sampled_from([(), (0,), (1,), (4,), (9,), (2, 3), (3, 1, 2)]))
    items: list[Any] = []
    for length in places.shape:
        own = tuple(draw(st.sampled_from([n, 1])) if n > 1 else n for n in shape)
        count = int(np.prod(own, dtype=int))
        positions = st.lists(st.integers(-length, length - 1), min_size=count, max_size=count)
        array = np.reshape(np.array(draw(positions), dtype=np.int64), own)
        items.append(array if own else int(array))
    found = np.asarray(places[tuple(items)])
    return Drawn("coordinate", tuple(items), found if found.ndim else found.reshape(1))


@st.composite
def _block(draw: st.DrawFn, places: npt.NDArray[np.intp], starts: Sequence[Sequence[int]]) -> Drawn:
    items: list[Any] = []
    index: list[slice] = []
    for length, begin in zip(places.shape, starts, strict=True):
        count = len(begin)
        first = draw(st.integers(0, count - 1))
        stop = draw(st.integers(first, count))
        item: int | slice
        if draw(st.booleans()):
            item, stop = draw(st.sampled_from([first, first - count])), first + 1
        elif draw(st.booleans()):
            item, stop = slice(first, None), count
        else:
            item = slice(first, stop)
        edges = [*begin, length]
        items.append(item)
        index.append(slice(edges[first], edges[stop]))
    return Drawn("block", tuple(items), places[tuple(index)])


def _flags(count: int) -> st.SearchStrategy[npt.NDArray[np.bool_]]:
    flags = st.lists(st.booleans(), min_size=count, max_size=count)
    return flags.map(lambda some: np.array(some, dtype=bool))


@st.composite
def basic_selections(draw: st.DrawFn, shape: tuple[int, ...]) -> tuple[Any, ...]:
    """Draw integers, slices (of any sign) and perhaps an ellipsis, for an array of `shape`."""
    items: list[Any] = []
    for length in shape:
        position = st.integers(-length - 2, length + 2)
        step = st.sampled_from([None, 1, 2, 3, 5, -1, -2, -3])
        slices = st.builds(slice, st.none() | position, st.none() | position, step)
        indices = st.integers(-length, length - 1) if length else st.nothing()
        items.append(draw(slices | indices))
    if draw(st.booleans()):
        start = draw(st.integers(0, len(items)))
        stop = draw(st.integers(start, len(items)))
        items[start:stop] = [...]
    return tuple(items)
