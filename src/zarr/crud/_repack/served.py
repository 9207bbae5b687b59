"""Whether an engine can do what a plan needs: known before anything at the target is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud.backends.policy import choose

if TYPE_CHECKING:
    from zarr.crud._options import Options
    from zarr.crud._repack.ends import Ends
    from zarr.crud._repack.plan_of_array import ArrayPlan
    from zarr.crud.backends.policy import Engine


def check_served(plan: ArrayPlan, ends: Ends, engine: Engine, options: Options) -> None:
    """Refuse an array of which no engine can decode or encode elements.

    Raises
    ------
    UnsupportedError
        There is none, or the named one refuses.
    """
    if plan.mode != "elements" or not plan.units:
        return
    place = ends.below(plan.path)
    choose(engine, plan.source, place.source, "read_region", None, options)
    choose(engine, plan.target, place.target, "write_region", None, options)
