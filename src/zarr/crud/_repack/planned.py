"""Plans: what a repack will do with an array or a hierarchy."""

from __future__ import annotations

from dataclasses import replace
from operator import index as as_int
from typing import TYPE_CHECKING, Any, Literal

from zarr.crud._archives.walk import walk
from zarr.crud._arguments import checked_flag, checked_options, shown
from zarr.crud._errors import CrudError, UnsupportedError
from zarr.crud._repack.ends import Ends
from zarr.crud._repack.groups import GroupPlan, plan_group
from zarr.crud._repack.hidden import check_none_hidden
from zarr.crud._repack.limits import MAX_MEMORY, Limits
from zarr.crud._repack.places import check_apart, check_members_apart
from zarr.crud._repack.plan import RepackPlan
from zarr.crud._repack.planning import plan_array
from zarr.crud._repack.served import check_served
from zarr.crud._repack.stored import stored_below
from zarr.crud._repack.target_state import check_free
from zarr.crud._repack.two_passes import with_scratch
from zarr.crud._repack.wanted import Wanted
from zarr.crud._stores.batched_location import unbatched, written
from zarr.crud._stores.location import Location, locate
from zarr.crud._stores.trees import as_it_is
from zarr.crud._stores.urls import named_store
from zarr.crud._stores.writable import check_writable
from zarr.crud._streams.pieces import bounds_of
from zarr.crud.backends.policy import backend_for_nodes
from zarr.errors import NodeNotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._repack.plan_of_array import ArrayPlan
    from zarr.crud._repack.wanted import Extents
    from zarr.crud._stores.location import StoreLike
    from zarr.crud.backends.policy import Engine


def repack_plan(
    source: StoreLike,
    target: StoreLike,
    *,
    path: str = "",
    target_path: str = "",
    storage_options: Mapping[str, Any] | None = None,
    target_storage_options: Mapping[str, Any] | None = None,
    chunks: Extents = None,
    shards: Extents = None,
    filters: Any = None,
    serializer: Any = None,
    compressors: Any = None,
    codecs: Any = None,
    zarr_format: Literal[2, 3] | None = None,
    region: Any = None,
    consolidated: bool | None = None,
    compact: bool = False,
    overwrite: bool = False,
    resume: bool = False,
    max_memory: int = MAX_MEMORY,
    scratch: StoreLike = None,
    engine: Engine = None,
    options: Options | None = None,
) -> RepackPlan:
    """Say what `repack` would do, and what it would cost, and do nothing.

    Parameters
    ----------
    source, target, path, target_path, storage_options, target_storage_options
        As for `repack`.
    chunks, shards, filters, serializer, compressors, codecs, zarr_format, region, consolidated
        As for `repack`.
    compact, overwrite, resume, max_memory, scratch, engine, options
        As for `repack`.

    Returns
    -------
    RepackPlan
        For each array the way, the reason why it is not a cheaper one, and what it costs.
        `str(plan)` is a table, and `plan.run()` does it.

    Raises
    ------
    zarr.errors.NodeNotFoundError
        There is no node at `path`.

    Also the errors of `repack` about arguments, documents, and the target.

    Notes
    -----
    Cost: the documents of the source, two listings of each group, and one of each array. Where
    codecs of two formats are compared, a few elements are encoded.

    Examples
    --------
    >>> import numpy as np, zarr
    >>> source, target = zarr.storage.MemoryStore(), zarr.storage.MemoryStore()
    >>> _ = zarr.create_array(source, data=np.arange(12), chunks=3)
    >>> plan = zarr.crud.repack_plan(source, target, shards=6)
    >>> plan.arrays[0].way, plan.bytes_decoded
    ('regrouped', 0)
    """
    places = (
        _place(source, path, storage_options),
        _place(target, target_path, target_storage_options),
    )
    wanted = Wanted(chunks, shards, filters, compressors, serializer, codecs, zarr_format)
    overwrite, resume = checked_flag("overwrite", overwrite), checked_flag("resume", resume)
    if overwrite and resume:
        raise ValueError("overwrite and resume are both set; begin again, or complete it")
    options = checked_options(options)
    # Refuses an engine that is none.
    backend_for_nodes(engine)
    check_apart(*places)
    check_writable(places[1].store, deletes=overwrite)
    ends = Ends.of(written(places[0]), unbatched(places[1]))
    are_folders = ends.source_folder is not None and ends.target_folder is not None
    limits = Limits(_memory(max_memory), are_folders, options.concurrency)
    # What a backend keeps for later results counts, too.
    options = replace(options, memory_pool=min(options.memory_pool, limits.max_memory // 8))
    arrays, groups = _nodes(
        *(as_it_is(ends.source), wanted, limits, region),
        consolidated=consolidated,
        compact=checked_flag("compact", compact),
    )
    where = unbatched(places[0]), unbatched(places[1])
    aside = None if scratch is None else _scratch(scratch, *places)
    if aside is not None:
        arrays = tuple(with_scratch(array, limits) for array in arrays)
    paths = [array.path for array in arrays] + [group.path for group in groups]
    check_members_apart(*places, paths)
    for array in arrays:
        try:
            check_served(array, ends, engine, options)
        except CrudError as err:
            raise _about(err, array.path) from err.__cause__
    plan = RepackPlan(*where, arrays, groups, overwrite, resume, engine, options, limits, aside)
    check_free(plan)
    return plan


def _place(store: StoreLike, path: str, storage_options: Mapping[str, Any] | None) -> Location:
    return locate(named_store(store, storage_options), path)


def _scratch(store: StoreLike, *places: Location) -> Location:
    """Return the place for arrays between two passes, apart from source and target."""
    aside = _place(store, "", None)
    check_writable(aside.store, deletes=True)
    for place in places:
        check_apart(place, aside)
    return aside


def _memory(given: Any) -> int:
    try:
        number = -1 if isinstance(given, bool) else as_int(given)
    except TypeError:
        raise TypeError(f"max_memory is {shown(given)}; use a number of bytes") from None
    if number < 1:
        raise ValueError(f"max_memory is {shown(given)}; use a number of bytes from 1 on")
    return number


def _nodes(
    source: Location,
    wanted: Wanted,
    limits: Limits,
    region: Any,
    *,
    consolidated: bool | None,
    compact: bool,
) -> tuple[tuple[ArrayPlan, ...], tuple[GroupPlan, ...]]:
    arrays, groups = [], []
    nodes = list(walk(source))
    known = {node.path for node in nodes}
    for node in nodes:
        below = node.path.removeprefix(source.path).lstrip("/")
        if node.document is None:
            raise _about(node.error or ValueError("it is damaged"), below)
        if region is not None and (below or not node.is_array):
            raise UnsupportedError(
                "region is for an array, and this is a group; give the path of one of its arrays"
            )
        if not node.is_array:
            check_none_hidden(Location(source.store, node.path), known)
            version = wanted.zarr_format
            groups.append(plan_group(below, node, source, version, consolidated=consolidated))
            continue
        try:
            place = Location(source.store, node.path)
            what = below, node.document, place
            arrays.append(_array(*what, wanted, limits, region, compact=compact))
        except (CrudError, ValueError, TypeError) as err:
            raise _about(err, below) from err.__cause__
    if not arrays and not groups:
        raise NodeNotFoundError(f"there is no array or group at {source}")
    return tuple(arrays), tuple(groups)


def _about(err: Exception, path: str) -> Exception:
    err.add_note(f"array {path!r} of the source; nothing was written")
    return err


def _array(
    path: str,
    document: Document,
    place: Location,
    wanted: Wanted,
    limits: Limits,
    region: Any,
    *,
    compact: bool,
) -> ArrayPlan:
    names = stored_below(place)
    part = None
    if region is not None:
        part = tuple(slice(*span) for span in bounds_of(region, document.shape))
    return plan_array(path, document, names, wanted, limits, region=part, compact=compact)
