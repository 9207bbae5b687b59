"""What is wrong with the index of a shard. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

type FaultKind = Literal[
    "truncated",
    "oversized",
    "damaged-index",
    "subchunk-beyond-value",
    "overlapping-subchunks",
    "unreadable",
    "not-checked",
]

_MISSING = np.uint64(2**64 - 1)


class Shard(NamedTuple):
    """What an index says of its shard."""

    subchunks: int
    """How many subchunks are present."""
    dead_nbytes: int
    """The bytes that neither a subchunk nor the index uses."""
    faults: list[tuple[FaultKind, str]]


def examined(
    offsets: npt.NDArray[np.uint64],
    nbytes: npt.NDArray[np.uint64],
    size: int,
    own: tuple[int, int],
    fixed: int | None = None,
) -> Shard:
    """Compare an index with the size of its shard.

    `own` is where the index itself is, and `fixed` the size of every subchunk, if it is known.
    """
    starts, lengths = offsets.reshape(-1), nbytes.reshape(-1)
    present = (starts != _MISSING) | (lengths != _MISSING)
    faults: list[tuple[FaultKind, str]] = []
    beyond = present & ((lengths > size) | (starts > np.uint64(size) - np.minimum(lengths, size)))
    for place in beyond.nonzero()[0][:1]:
        text = (
            f"the index gives subchunk {_at(place, offsets.shape)} {lengths[place]} bytes from "
            f"{starts[place]} on, and the shard has {size}{_more(beyond)}"
        )
        faults.append(("subchunk-beyond-value", text))
    inside = present & ~beyond
    if fixed is not None:
        faults += _wrong_sizes(lengths, inside, fixed, offsets.shape)
    order = inside.nonzero()[0]
    begin = np.append(starts[order].astype(np.int64), own[0])
    end = np.append((starts[order] + lengths[order]).astype(np.int64), own[1])
    names = np.append(order, -1)
    used = end > begin
    begin, end, names = begin[used], end[used], names[used]
    sort = np.lexsort((end, begin))
    begin, end, names = begin[sort], end[sort], names[sort]
    reach = np.maximum.accumulate(end)
    faults += _overlaps(begin, reach, names, offsets.shape)
    gaps = np.maximum(begin - np.concatenate(([0], reach[:-1])), 0) if len(begin) else begin
    dead = int(gaps.sum()) + (size - int(reach[-1]) if len(reach) else size)
    return Shard(int(present.sum()), dead, faults)


def _overlaps(
    begin: npt.NDArray[np.int64],
    reach: npt.NDArray[np.int64],
    names: npt.NDArray[np.int64],
    shape: tuple[int, ...],
) -> list[tuple[FaultKind, str]]:
    shared = (begin[1:] < reach[:-1]).nonzero()[0]
    if not len(shared):
        return []
    place = int(shared[0])
    one, other = (_named(int(names[at]), shape) for at in (place, place + 1))
    text = f"the index gives the bytes from {begin[place + 1]} on to {one} and to {other}"
    more = f", and {len(shared) - 1} more overlap" if len(shared) > 1 else ""
    return [("overlapping-subchunks", text + more)]


def _wrong_sizes(
    lengths: npt.NDArray[np.uint64],
    inside: npt.NDArray[np.bool_],
    fixed: int,
    shape: tuple[int, ...],
) -> list[tuple[FaultKind, str]]:
    faults: list[tuple[FaultKind, str]] = []
    kinds: tuple[tuple[FaultKind, Any], ...] = (
        ("truncated", inside & (lengths < fixed)),
        ("oversized", inside & (lengths > fixed)),
    )
    for kind, wrong in kinds:
        for place in wrong.nonzero()[0][:1]:
            text = (
                f"subchunk {_at(place, shape)} has {lengths[place]} bytes, and its codecs make "
                f"{fixed}{_more(wrong)}"
            )
            faults.append((kind, text))
    return faults


def _named(place: int, shape: tuple[int, ...]) -> str:
    return "the index itself" if place < 0 else f"subchunk {_at(place, shape)}"


def _at(place: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(int(one) for one in np.unravel_index(int(place), shape))


def _more(wrong: npt.NDArray[np.bool_]) -> str:
    count = int(wrong.sum()) - 1
    return f"; so it is for {count} more" if count else ""
