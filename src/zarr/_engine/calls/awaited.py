"""Reads of asynchronous arrays: without a thread if the engine has an awaitable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zarr._engine.calls.methods import READS, UNSERVED, Served, finished, plan, read_planned
from zarr._engine.calls.projected import plan_projected, read_projected
from zarr.crud._stores.threads import run_in_worker
from zarr.crud.backends.awaited import waits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr._engine.calls.prepare import AnyArray
    from zarr._engine.calls.results import Target
    from zarr.crud._selection.basic import Kind

KINDS: Final[Mapping[str, Kind]] = {
    "getitem": "basic",
    "get_orthogonal_selection": "orthogonal",
    "get_coordinate_selection": "coordinate",
    "get_mask_selection": "mask",
}
"""The dialect of each reading method of `AsyncArray`."""


async def read_async(
    name: str,
    array: AnyArray,
    selection: Any,
    *,
    out: Any = None,
    prototype: Any = None,
    fields: Any = None,
) -> Served:
    """Read as the method `name` of `AsyncArray` does."""
    if fields or not waits(array.store_path.store):
        options = {"out": out, "prototype": prototype, "fields": fields}
        return await run_in_worker(READS[name], array, selection, **options)
    kind = KINDS[name]
    call = (array, selection, kind, out, prototype, fields)
    # Lists and masks may take long to lower.
    planned: Target | None = plan(*call) if kind == "basic" else await run_in_worker(plan, *call)
    return UNSERVED if planned is None else await _read_awaited(planned, kind)


async def read_projected_async(
    array: AnyArray, indexer: Any, *, out: Any = None, prototype: Any = None, fields: Any = None
) -> Served:
    """Read as `AsyncArray._get_selection` does with an indexer of another package."""
    call = (array, indexer, out, prototype, fields)
    if fields or not waits(array.store_path.store):
        return await run_in_worker(read_projected, *call)
    planned: Target | None = await run_in_worker(plan_projected, *call)
    return UNSERVED if planned is None else await _read_awaited(planned, "orthogonal")


async def _read_awaited(planned: Target, kind: Kind) -> Served:
    if planned.direct is not planned.array:
        # The elements are cast or copied afterwards, which may take long, too.
        return await run_in_worker(read_planned, planned, kind)
    return finished(planned, await planned.call.read_awaited(planned.direct), kind)
