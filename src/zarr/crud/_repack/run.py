"""A plan carried out: the marker, the values, the documents of arrays, those of groups, the end."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from zarr.crud._arguments import checked_flag
from zarr.crud._document.known import forgetting
from zarr.crud._errors import UnsupportedError
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._repack import marker
from zarr.crud._repack.bar import Count, counting
from zarr.crud._repack.documents import consolidate, flush_documents, store_document
from zarr.crud._repack.done import Done
from zarr.crud._repack.ends import Ends
from zarr.crud._repack.limits import MAX_MEMORY, Limits
from zarr.crud._repack.report import RepackedArray, RepackReport
from zarr.crud._repack.stored import flush_stored, stored_below
from zarr.crud._repack.target_state import check_free, holds
from zarr.crud._repack.tasks import check_shared, tasks_of
from zarr.crud._repack.two_passes import aside_of, second_pass
from zarr.crud._repack.verified import check_verifiable, verify_array
from zarr.crud._repack.work import Work, batches_of
from zarr.crud._stores.batches import work_on_each
from zarr.crud._stores.trees import delete_tree
from zarr.crud._stores.writable import check_writable

if TYPE_CHECKING:
    from collections.abc import Container

    from zarr.crud._document.document import Document
    from zarr.crud._repack.done import Failure
    from zarr.crud._repack.plan import RepackPlan
    from zarr.crud._repack.plan_of_array import ArrayPlan, Index
    from zarr.crud._repack.report import Tell
    from zarr.crud._repack.work import Outcome
    from zarr.crud._stores.location import Location


def run(
    plan: RepackPlan,
    *,
    verify: bool = False,
    keep_going: bool = False,
    progress: bool | Tell | None = None,
    client: Any = None,
) -> RepackReport:
    """Carry out a plan; see `zarr.crud.repack`."""
    verify, keep_going = checked_flag("verify", verify), checked_flag("keep_going", keep_going)
    check_writable(plan.target.store, deletes=plan.overwrite)
    check_free(plan)
    if client is not None:
        check_shared(plan.source.store, plan.target.store)
        if any(array.first is not None for array in plan.arrays):
            raise UnsupportedError(
                "two passes through a scratch store are made in this process; omit the client or "
                "the scratch store"
            )
    for array in plan.arrays if verify else ():
        check_verifiable(array, plan)
    running = _Run(plan, verify=verify, keep_going=keep_going, client=client)
    total = sum(len(array.units) for array in plan.arrays)
    with counting(total, progress) as count:
        return running.run(count)


class _Run:
    def __init__(self, plan: RepackPlan, *, verify: bool, keep_going: bool, client: Any) -> None:
        self._plan, self._verify, self._keep_going, self._client = plan, verify, keep_going, client
        self._options = plan.options or DEFAULT_OPTIONS
        fsync = self._options.durability == "fsync"
        self._ends = Ends.of(plan.source, plan.target, fsync=fsync, engine=plan.engine)
        self._failures: list[Failure] = []
        self._nonce = marker.new_nonce()

    def run(self, count: Count) -> RepackReport:
        """Do everything in its order: the marker first, the document at the root last."""
        began, plan, target = time.monotonic(), self._plan, self._ends.target
        can_mark = plan.target.store.supports_deletes
        with forgetting(plan.target):
            if can_mark:
                self._begin(target)
            reports = tuple(self._array(array, count) for array in plan.arrays)
            for group in reversed(plan.groups):
                if group.path or not self._failures:
                    self._store(group.path, group.target)
            if not self._failures:
                consolidate(plan)
                if self._ends.fsync and self._ends.target_folder is not None:
                    flush_documents(plan, self._ends.target_folder)
                if can_mark:
                    marker.end(target)
        return RepackReport(reports, tuple(self._failures), time.monotonic() - began)

    def _begin(self, target: Location) -> None:
        """Store the marker, and delete what is at the target, if that is to be overwritten."""
        plan = self._plan
        before = marker.begun(target) if plan.overwrite else None
        begun = marker.begin(target, plan.digest, resume=plan.resume, overwrite=plan.overwrite)
        self._nonce = begun.nonce
        if before is not None and before.nonce and plan.scratch is not None:
            delete_tree(aside_of(plan.scratch, before.nonce))

    def _array(self, array: ArrayPlan, count: Count) -> RepackedArray:
        began, ends = time.monotonic(), self._ends.below(array.path)
        is_there = self._plan.resume and holds(ends.target, array.target)
        if self._plan.resume and ends.fsync and ends.target_folder is not None:
            flush_stored(ends.target, ends.target_folder)
        failed_before = len(self._failures)
        if is_there:
            done = Done(there=len(array.stored))
            count.add(array.path, len(array.units), 0)
        else:
            done = self._values(array, count)
        is_sound = len(self._failures) == failed_before
        if self._verify and is_sound:
            self._failures += verify_array(
                *(array, self._ends, self._plan, self._options), keep_going=self._keep_going
            )
            is_sound = len(self._failures) == failed_before
        if is_sound and not is_there:
            self._store(array.path, array.target)
        return RepackedArray(
            path=array.path,
            way=array.way,
            written=done.written,
            missing=max(0, array.grid_size - done.written - done.there),
            there=done.there,
            nbytes=done.nbytes,
            seconds=time.monotonic() - began,
            is_verified=self._verify and is_sound,
            is_complete=is_sound,
        )

    def _store(self, path: str, document: Document) -> None:
        resume, fsync = self._plan.resume, self._ends.fsync
        store_document(self._ends.below(path).target, path, document, resume=resume, fsync=fsync)

    def _values(self, array: ArrayPlan, count: Count) -> Done:
        there: Container[str] = ()
        if self._plan.resume:
            there = set(stored_below(self._ends.below(array.path).target))
        if array.first is not None and self._plan.scratch is not None:
            return self._two_passes(array, array.first, self._plan.scratch, there, count)
        found: list[Outcome] = []
        if self._client is not None:
            self._on_cluster(array, count, found, there)
        else:
            self._here(array, self._ends, there, count, found)
        return self._sum(found)

    def _two_passes(
        self,
        array: ArrayPlan,
        first: ArrayPlan,
        scratch: Location,
        there: Container[str],
        count: Count,
    ) -> Done:
        """Write the array between both passes, read it, and delete it."""
        aside = aside_of(scratch, self._nonce)
        into = Ends.of(self._plan.source, aside, engine=self._plan.engine)
        kept = set(stored_below(into.below(array.path).target)) if self._plan.resume else set()
        passed: list[Outcome] = []
        silent = Count(0, None)
        # So that a chunk that is missing afterwards was deleted.
        self._here(first, into, kept, silent, passed, write_empty_chunks=True)
        if any(failures for _, failures in passed):
            self._sum(passed)
            return Done()
        fsync, engine = self._ends.fsync, self._plan.engine
        out = Ends.of(aside, self._plan.target, fsync=fsync, engine=engine)
        limits = self._plan.limits or Limits(MAX_MEMORY, are_folders=False)
        second = second_pass(array, stored_below(into.below(array.path).target), limits)
        found: list[Outcome] = []
        self._here(second, out, there, silent, found)
        count.add(array.path, len(array.units), sum(done.nbytes for done, _ in found))
        delete_tree(into.below(array.path).target)
        return self._sum(found)

    def _here(
        self,
        array: ArrayPlan,
        ends: Ends,
        there: Container[str],
        count: Count,
        found: list[Outcome],
        **changed: Any,
    ) -> None:
        """Do the work on an array in threads of this process, with other options than the plan."""
        options = replace(self._options, **changed)
        work = Work(*(array, ends, there, self._plan.engine, options), keep_going=self._keep_going)

        def do(indices: tuple[Index, ...]) -> None:
            for outcome in work.each(indices):
                found.append(outcome)
                count.add(array.path, 1, outcome[0].nbytes)

        work_on_each(do, *batches_of(array, ends))

    def _sum(self, found: list[Outcome]) -> Done:
        written = there = empty = nbytes = 0
        for done, failures in found:
            written, there = written + done.written, there + done.there
            empty, nbytes = empty + done.empty, nbytes + done.nbytes
            self._failures += failures
        return Done(written, there, empty, nbytes)

    def _on_cluster(
        self, array: ArrayPlan, count: Count, found: list[Outcome], there: Container[str]
    ) -> None:
        """Let the workers of a `distributed.Client` do the tasks; it repeats those that died."""
        tasks = tasks_of(self._plan, keep_going=self._keep_going, only=array, there=there)
        futures = self._client.map(run_task, tasks, pure=False, retries=3)
        try:
            for task, future in zip(tasks, futures, strict=True):
                outcome: Outcome = future.result()
                found.append(outcome)
                count.add(array.path, len(task.array.units), outcome[0].nbytes)
        except BaseException:
            self._client.cancel(futures)
            raise


def run_task(task: Any) -> Any:
    """Run a task in a worker."""
    return task.run()
