"""Re-encoding in two passes, through an array on a scratch store, as `rechunker` does it.

Where chunks of source and target cut each other and memory is short, one pass decodes chunks of the
source again and again. Two passes decode each about once: the first writes pieces that lie within
chunks of both, without compression, and the second puts them together.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from zarr.crud._document.cache import as_document
from zarr.crud._document.shards import subchunk_shape
from zarr.crud._repack.codec_chains import chain_of
from zarr.crud._repack.formats import as_format3
from zarr.crud._repack.limits import itemsize_of
from zarr.crud._repack.planning import of_elements, regions_met
from zarr.crud._repack.stored import chunks_among
from zarr.crud._repack.ways import Case, Way
from zarr.crud._stores.location import Location
from zarr.errors import ChunkNotFoundError

if TYPE_CHECKING:
    from zarr.crud._document.document import Document
    from zarr.crud._repack.limits import Limits
    from zarr.crud._repack.plan_of_array import ArrayPlan
    from zarr.crud._repack.stored import Sizes

WORTHWHILE: Final = 1.5
"""Fewer decodings of each chunk than this cost less than to write and read everything once more."""

SMALLEST: Final = 64 << 10
"""The bytes of a piece that is not too small for a file of its own."""


def with_scratch(one_pass: ArrayPlan, limits: Limits) -> ArrayPlan:
    """Return a plan in two passes, if it decodes less than the one in one pass."""
    source, target = one_pass.source, one_pass.target
    if one_pass.mode != "elements" or one_pass.times < WORTHWHILE:
        return one_pass
    if source.dtype.hasobject or source.dtype.kind == "T":
        return one_pass
    middle = _middle(one_pass)
    way = Way("re-encoded", "elements", one_pass.reason)
    case = Case(source, middle, one_pass.origin)
    first = of_elements(one_pass.path, case, way, one_pass.stored, limits)
    second = of_elements(one_pass.path, Case(middle, target, _zero(target)), way, {}, limits)
    if first.times >= one_pass.times:
        return one_pass
    return replace(
        one_pass,
        reason=way.reason.partition(" Chunks of the source")[0] + " In two passes.",
        bytes_decoded=first.bytes_decoded,
        peak_memory=max(first.peak_memory, second.peak_memory),
        requests=first.requests + math.prod(middle.chunk_grid.shape) + one_pass.requests,
        first=first,
    )


def second_pass(plan: ArrayPlan, names: Sizes, limits: Limits) -> ArrayPlan:
    """Return the plan for the second pass, of the chunks that the first has stored.

    Raises
    ------
    zarr.errors.ChunkNotFoundError
        One of these is not among the keys; it would read as the fill value.
    """
    first = plan.first
    if first is None:
        raise TypeError("the plan has one pass")
    middle = first.target
    of_source = Case(first.source, middle, first.origin)
    wanted = regions_met(of_source, first.stored, lambda axis, at: int(axis.chunk_of(at)))
    found = chunks_among(middle, names)
    lost = next((index for index in wanted if index not in found), None)
    if lost is not None:
        raise ChunkNotFoundError(
            f"the chunk {lost} of the array {plan.path!r} was deleted from the scratch store "
            "during the repack; repeat it with resume=True"
        )
    way = Way("re-encoded", "elements", plan.reason)
    case = Case(middle, plan.target, _zero(plan.target))
    stored = {index: found[index] for index in wanted}
    return of_elements(plan.path, case, way, stored, limits)


def aside_of(scratch: Location, nonce: str) -> Location:
    """Return the place on a scratch store that one repack has for itself."""
    return Location(scratch.store, scratch.key(f"repack-{nonce}"))


def _zero(document: Document) -> tuple[int, ...]:
    return (0,) * len(document.shape)


def _middle(plan: ArrayPlan) -> Document:
    """Return the document of the array between the passes: raw, in pieces of both's chunks."""
    unit = subchunk_shape(plan.source.array) or plan.source.chunk_grid.largest
    pairs = list(zip(unit, plan.target.chunk_grid.largest, strict=True))
    shape = [math.gcd(*pair) for pair in pairs]
    if math.prod(shape) * itemsize_of(plan.source) < SMALLEST:
        shape = [min(pair) for pair in pairs]
    members: Any = {**as_format3(plan.source, with_codecs=False), "shape": list(plan.target.shape)}
    members["codecs"] = chain_of(
        [{"name": "bytes", "configuration": {"endian": "little"}}], members, plan.source
    )
    members["chunk_grid"] = {"name": "regular", "configuration": {"chunk_shape": shape}}
    members.pop("storage_transformers", None)
    return as_document({**members, "attributes": {}})
