"""What a repack will do with a whole node."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from zarr.crud._repack.identity import identity_of
from zarr.crud._repack.report import size_text, table

if TYPE_CHECKING:
    from zarr.crud._options import Options
    from zarr.crud._repack.groups import GroupPlan
    from zarr.crud._repack.limits import Limits
    from zarr.crud._repack.plan_of_array import ArrayPlan
    from zarr.crud._repack.report import RepackReport, Tell
    from zarr.crud._repack.tasks import Task
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.policy import Engine


@dataclass(frozen=True, slots=True)
class RepackPlan:
    """What a repack will do: for each array the way, and what it costs. From `repack_plan`.

    `str(plan)` is a table. `plan.run()` does it.
    """

    source: Location
    """Where the node is."""
    target: Location
    """Where it will be."""
    arrays: tuple[ArrayPlan, ...]
    """The arrays, in the order of their paths."""
    groups: tuple[GroupPlan, ...]
    """The groups, each before its members."""
    overwrite: bool = False
    resume: bool = False
    engine: Engine = None
    options: Options | None = None
    limits: Limits | None = field(default=None, repr=False)
    scratch: Location | None = None
    """Where arrays are kept between two passes."""

    @property
    def bytes_moved(self) -> int | None:
        """The bytes of all stored values that are read; `None` if not all are known."""
        sizes = [each.bytes_moved for each in self.arrays]
        known = [size for size in sizes if size is not None]
        return sum(known) if len(known) == len(sizes) else None

    @property
    def bytes_decoded(self) -> int:
        """The bytes of all elements that are decoded."""
        return sum(each.bytes_decoded for each in self.arrays)

    @property
    def peak_memory(self) -> int:
        """The most bytes that are held at a time; arrays come one after the other."""
        return max((each.peak_memory for each in self.arrays), default=0)

    @property
    def requests(self) -> int:
        """How many requests the values of all arrays take."""
        return sum(each.requests for each in self.arrays)

    def __str__(self) -> str:
        rows = [("array", "way", "chunks", "moved", "decoded", "memory", "requests")]
        rows += [
            (
                *(each.path or "/", each.way, str(each.chunks), size_text(each.bytes_moved)),
                *(size_text(each.bytes_decoded), size_text(each.peak_memory), str(each.requests)),
            )
            for each in self.arrays
        ]
        told: tuple[ArrayPlan | GroupPlan, ...] = (
            *self.arrays,
            *(g for g in self.groups if g.reason),
        )
        reasons = [f"{each.path or '/'}: {each.reason}" for each in told]
        return "\n".join([*table(rows), *reasons])

    @property
    def digest(self) -> str:
        """What tells this plan from another for the same target: source, documents, and regions."""
        parts: Any = [identity_of(self.source)]
        parts += [[each.path, each.target.text] for each in self.groups]
        parts += [[e.path, e.source.text, e.target.text, list(e.origin)] for e in self.arrays]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def run(
        self,
        *,
        verify: bool = False,
        keep_going: bool = False,
        progress: bool | Tell | None = None,
        client: Any = None,
    ) -> RepackReport:
        """Do it; see `repack`."""
        from zarr.crud._repack.run import run

        return run(self, verify=verify, keep_going=keep_going, progress=progress, client=client)

    def tasks(self, units: int = 256) -> Sequence[Task]:
        """Return the work on the values as tasks that are independent and can be pickled.

        Each has up to so many units: chunks, shards or blocks. They may run in any order, on any
        machine that reaches both stores, and more than once. They store no document.

        This call itself stores the key that says what was begun, so that `repack` with
        `resume=True` stores the documents afterwards. With `overwrite` it first deletes what is at
        the target, unless this plan was begun there.
        """
        from zarr.crud._repack.tasks import begin_tasks, tasks_of

        begin_tasks(self)
        return tasks_of(self, units)
