"""The work on the units of one array: what moves each, and what becomes of errors."""

from __future__ import annotations

import errno
from itertools import batched
from typing import TYPE_CHECKING, Final

from zarr.crud._archives.chunk_names import name_writer
from zarr.crud._repack.done import Done, Failure
from zarr.crud._repack.recode import chunks_in, recoder, region_of
from zarr.crud._repack.regroup import regrouper
from zarr.crud._repack.values import file_mover, value_mover
from zarr.crud._stores.cancellation import check_cancelled

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Sequence

    from zarr.crud._options import Options
    from zarr.crud._repack.ends import Ends
    from zarr.crud._repack.plan_of_array import ArrayPlan, Index
    from zarr.crud.backends.policy import Engine

_HOPELESS: Final = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}
"""Errors after which no other chunk can be stored either."""

_FILES: Final = 64
"""How many files are copied at a time: to hand over a small one costs as much as to copy it."""

_AT_A_TIME: Final = 16 << 20
"""About how many bytes of files are copied at a time, so that the progress is seen."""

type Outcome = tuple[Done, list[Failure]]


class Work:
    """What is done with each unit of an array.

    With `keep_going`, errors are collected and the other units go on, unless the target is full.
    Otherwise the first error is raised, with a note that names the array, the chunk and the key.
    """

    def __init__(
        self,
        plan: ArrayPlan,
        ends: Ends,
        there: Container[str],
        engine: Engine,
        options: Options,
        *,
        keep_going: bool,
    ) -> None:
        self._plan, self._ends, self._keep_going = plan, ends.below(plan.path), keep_going
        self._single: Callable[[Index], Done] | None = None
        self._move_files: Callable[[Sequence[Index]], list[Done | Exception]] | None = None
        if plan.mode == "values":
            self._move_files = file_mover(plan, self._ends, there)
            self._move = value_mover(plan, self._ends, there)
        elif plan.mode == "pieces":
            self._move = regrouper(plan, self._ends, there)
        else:
            self._move = recoder(plan, self._ends, there, engine, options)
            self._single = recoder(plan.of_chunks(), self._ends, there, engine, options)

    def __call__(self, index: Index) -> Outcome:
        """Do the work on a unit."""
        try:
            return self._move(index), []
        except Exception as err:  # noqa: BLE001  # it is reported, or raised again
            if self._keep_going and self._single is not None and not _is_hopeless(err):
                return self._one_by_one(index, self._single)
            return self._failed(index, self._first_chunk(index), err)

    def each(self, indices: Sequence[Index]) -> Iterator[Outcome]:
        """Do the work on some units, and yield what came of each, in order."""
        if self._move_files is None:
            for index in indices:
                check_cancelled()
                yield self(index)
            return
        while indices:
            check_cancelled()
            try:
                found = self._move_files(indices)
            except Exception:  # noqa: BLE001  # it is that of one of them, which is found alone
                for index in indices:
                    yield self(index)
                return
            for index, done in zip(indices, found, strict=False):
                if isinstance(done, Exception):
                    yield self._failed(index, index, done)
                else:
                    yield done, []
            indices = indices[len(found) :]

    def _failed(self, index: Index, chunk: Index, err: Exception) -> Outcome:
        failure = Failure(self._plan.path, chunk, self._key(chunk), err)
        if not self._keep_going or _is_hopeless(err):
            err.add_note(
                f"array {self._plan.path!r}, chunk {chunk}, key {failure.key!r}; what is done "
                "stays, and the same call with resume=True completes it"
            )
            raise err
        return Done(), [failure]

    def _one_by_one(self, index: Index, single: Callable[[Index], Done]) -> Outcome:
        """Re-encode the chunks of a block alone, to lose only those that fail."""
        done: Done = Done()
        failures: list[Failure] = []
        for chunk in chunks_in(region_of(index, self._plan), self._plan.target):
            try:
                done = done.plus(single(chunk))
            except Exception as err:  # noqa: BLE001  # it is reported
                more, failed = self._failed(index, chunk, err)
                done, failures = done.plus(more), [*failures, *failed]
        return done, failures

    def _first_chunk(self, index: Index) -> Index:
        if self._plan.mode != "elements":
            return index
        return next(iter(chunks_in(region_of(index, self._plan), self._plan.target)), index)

    def _key(self, chunk: Index) -> str:
        return key_of(self._plan, self._ends, chunk)


def key_of(plan: ArrayPlan, ends: Ends, chunk: Index) -> str:
    """Return the key of a chunk that a failure names: of the source if the chunk is its."""
    if plan.of_source:
        return ends.source.key(name_writer(plan.source)(chunk))
    return ends.target.key(name_writer(plan.target)(chunk))


def _is_hopeless(err: Exception) -> bool:
    return isinstance(err, OSError) and err.errno in _HOPELESS


def batches_of(plan: ArrayPlan, ends: Ends) -> tuple[Iterator[tuple[Index, ...]], int]:
    """Return the units of an array in batches for `Work.each`, and how many threads take them."""
    some, count = 1, len(plan.units)
    if plan.mode == "values" and ends.source_folder is not None and ends.target_folder is not None:
        some = min(_FILES, max(1, _AT_A_TIME * count // max(1, plan.bytes_moved or 1)))
    return batched(plan.units, some), min(plan.threads, max(1, count // some))
