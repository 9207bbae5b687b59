"""The proof: all elements of source and target, read and compared bit by bit, block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.crud._archives.chunk_names import name_writer
from zarr.crud._errors import MismatchError, store_name
from zarr.crud._regions import read_region
from zarr.crud._repack.present import as_elements
from zarr.crud._repack.recode import chunks_in, region_of
from zarr.crud._repack.trial import same_bits

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._repack.ends import Ends
    from zarr.crud._repack.plan_of_array import ArrayPlan, Index
    from zarr.crud._repack.recode import Region
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.policy import Engine


def comparer(
    plan: ArrayPlan, ends: Ends, engine: Engine, options: Options
) -> Callable[[Index], None]:
    """Return a function that compares a block of elements, given its place among the blocks.

    It raises a `MismatchError` with the key of a chunk in which elements differ.
    """
    ends = ends.below(plan.path)

    def read(document: Document, location: Location, region: Region) -> npt.NDArray[Any]:
        where: Any = {"path": location.path, "engine": engine, "options": options}
        found = read_region(document, location.store, region, **where, detached=True)
        return as_elements(found, document)

    def compare(index: Index) -> None:
        region = region_of(index, plan)
        shifted = tuple(
            slice(part.start + start, part.stop + start)
            for part, start in zip(region, plan.origin, strict=True)
        )
        one = read(plan.source, ends.source, shifted)
        other = read(plan.target, ends.target, region)
        if same_bits(one, other):
            return
        chunk = _first_other(plan.target, region, one, other)
        raise MismatchError(
            f"the chunk {ends.target.key(name_writer(plan.target)(chunk))!r} of the array "
            f"{plan.path!r} in {store_name(ends.target.store)} has other elements than the source; "
            "delete the target, and repack it again"
        )

    return compare


def _first_other(
    document: Document, region: Region, one: npt.NDArray[Any], other: npt.NDArray[Any]
) -> Index:
    """Return the first chunk of a region in which the elements differ."""
    grid, found = document.chunk_grid, list(chunks_in(region, document))
    for index in found:
        places = zip(grid.axes, index, grid.chunk_shape(index), region, strict=True)
        part = tuple(
            slice(max(axis.starts[at] - r.start, 0), max(axis.starts[at] + n - r.start, 0))
            for axis, at, n, r in places
        )
        if not same_bits(one[part], other[part]):
            return index
    return found[0]
