"""The work of a plan as independent tasks, for other processes and machines."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING

from zarr.crud._errors import UnsupportedError, store_name
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._repack import marker
from zarr.crud._repack.done import Done
from zarr.crud._repack.ends import Ends
from zarr.crud._repack.recode import names_of, values_met
from zarr.crud._repack.target_state import check_free
from zarr.crud._repack.work import Work, batches_of
from zarr.crud._stores.batched_location import unbatched
from zarr.crud._stores.batches import work_on_each
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import Container

    from zarr.abc.store import Store
    from zarr.crud._options import Options
    from zarr.crud._repack.done import Failure
    from zarr.crud._repack.plan import RepackPlan
    from zarr.crud._repack.plan_of_array import ArrayPlan
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.policy import Engine


@dataclass(frozen=True, slots=True)
class Task:
    """Some units of the work on one array. `run` does them; to run it again does no harm."""

    source: Location
    target: Location
    array: ArrayPlan
    engine: Engine
    options: Options
    keep_going: bool = False
    there: frozenset[str] = frozenset()
    """Names of keys that the target has already."""

    def run(self) -> tuple[Done, list[Failure]]:
        """Do the work; return what was stored, and with `keep_going` what failed."""
        fsync = self.options.durability == "fsync"
        ends = Ends.of(self.source, self.target, fsync=fsync, engine=self.engine)
        work = Work(
            self.array, ends, self.there, self.engine, self.options, keep_going=self.keep_going
        )
        found: list[tuple[Done, list[Failure]]] = []
        work_on_each(lambda some: found.extend(work.each(some)), *batches_of(self.array, ends))
        done: Done = Done()
        failures: list[Failure] = []
        for more, failed in found:
            done, failures = done.plus(more), [*failures, *failed]
        return done, failures


def tasks_of(
    plan: RepackPlan,
    units: int = 256,
    *,
    keep_going: bool = False,
    only: ArrayPlan | None = None,
    there: Container[str] = (),
) -> Sequence[Task]:
    """Return the tasks of a plan, or of one array, with up to so many units each."""
    options = plan.options or DEFAULT_OPTIONS
    tasks = []
    for array in plan.arrays if only is None else (only,):
        for some in batched(array.units, units):
            # A task takes with it only what it needs.
            stored = {index: array.stored[index] for index in values_met(array, some)}
            part = array.of_units(some, stored)
            found = frozenset(name for name in names_of(part) if name in there)
            places = plan.source, plan.target
            tasks.append(Task(*places, part, plan.engine, options, keep_going, found))
    return tasks


def begin_tasks(plan: RepackPlan) -> None:
    """Store the marker at the target, if it can be deleted later, and delete what it replaces.

    Raises
    ------
    zarr.errors.ContainsArrayError, zarr.errors.ContainsGroupError
        Something else is at the target.
    """
    if not plan.target.store.supports_deletes:
        return
    target = unbatched(plan.target)
    found = marker.begun(target)
    is_begun = found is not None and found.digest == plan.digest
    if not is_begun:
        check_free(plan)
    marker.begin(target, plan.digest, resume=True, overwrite=plan.overwrite and not is_begun)


def check_shared(*stores: Store) -> None:
    """Refuse stores that other processes cannot reach.

    Raises
    ------
    UnsupportedError
        One keeps its values in the memory of this process, or cannot be pickled.
    """
    for store in stores:
        if isinstance(store, MemoryStore):
            raise UnsupportedError(
                f"{store_name(store)} is in the memory of this process, which the workers of a "
                "client do not reach; use a store on a disk or on the network, or no client"
            )
        try:
            pickle.dumps(store)
        except Exception as err:
            raise UnsupportedError(
                f"{store_name(store)} cannot be sent to the workers of a client: {err}; use a "
                "store that can be pickled, or no client"
            ) from err
