"""All blocks of an array compared, within the bound of memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zarr.crud._archives.chunk_names import name_writer
from zarr.crud._errors import DecodedSizeError, MismatchError
from zarr.crud._repack.compared import comparer
from zarr.crud._repack.done import Failure
from zarr.crud._repack.limits import MAX_MEMORY, Limits
from zarr.crud._repack.planning import of_elements
from zarr.crud._repack.recode import chunks_in, region_of
from zarr.crud._repack.stored import chunks_among, stored_below
from zarr.crud._repack.ways import Case, Way
from zarr.crud._stores.batches import work_on_each

if TYPE_CHECKING:
    from zarr.crud._options import Options
    from zarr.crud._repack.ends import Ends
    from zarr.crud._repack.plan import RepackPlan
    from zarr.crud._repack.plan_of_array import ArrayPlan, Index


_LIMITS: Final = Limits(MAX_MEMORY, are_folders=False)


def check_verifiable(array: ArrayPlan, plan: RepackPlan) -> None:
    """Refuse an array of which both ends cannot be held at a time.

    Raises
    ------
    DecodedSizeError
        They cannot; nothing was read.
    """
    try:
        _blocks(array, plan, {})
    except DecodedSizeError as err:
        bound = (plan.limits or _LIMITS).max_memory
        raise DecodedSizeError(
            f"verify=True holds elements of both source and target, and max_memory={bound} is too "
            f"little for that (each may have half of it): {err}"
        ) from err


def _blocks(array: ArrayPlan, plan: RepackPlan, stored: dict[Index, int | None]) -> ArrayPlan:
    """Return the plan that reads blocks of which two are held at a time."""
    limits = plan.limits or _LIMITS
    halved = Limits(limits.max_memory // 2, limits.are_folders, limits.concurrency)
    case = Case(array.source, array.target, array.origin)
    return of_elements(array.path, case, Way("re-encoded", "elements", ""), stored, halved)


def verify_array(
    array: ArrayPlan, ends: Ends, plan: RepackPlan, options: Options, *, keep_going: bool
) -> list[Failure]:
    """Compare all elements of an array; return what failed with `keep_going`, or raise it.

    Missing chunks of the source are not read: it is only checked that the target has none there.
    """
    blocks = _blocks(array, plan, array.stored)
    compare = comparer(blocks, ends, plan.engine, options)
    failures: list[Failure] = []

    def check(index: Index) -> None:
        try:
            compare(index)
        except Exception as err:
            if not keep_going:
                raise
            chunk = next(iter(chunks_in(region_of(index, blocks), array.target)))
            key = ends.below(array.path).target.key(name_writer(array.target)(chunk))
            failures.append(Failure(array.path, chunk, key, err))

    work_on_each(check, blocks.units, blocks.threads)
    try:
        _check_no_others(array, blocks, ends)
    except MismatchError as err:
        if not keep_going:
            raise
        failures.append(Failure(array.path, None, "", err))
    return failures


def _check_no_others(array: ArrayPlan, blocks: ArrayPlan, ends: Ends) -> None:
    """Refuse chunks of the target that come from no stored value of the source."""
    compared = {
        chunk
        for index in blocks.units
        for chunk in chunks_in(region_of(index, blocks), array.target)
    }
    place = ends.below(array.path).target
    others = chunks_among(array.target, stored_below(place)).keys() - compared
    if others:
        key = place.key(name_writer(array.target)(min(others)))
        raise MismatchError(
            f"the chunk {key!r} is stored in the target, and nothing of it is in the source; "
            "delete the target, and repack it again"
        )
