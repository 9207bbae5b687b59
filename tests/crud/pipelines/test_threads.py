"""Work on many chunks in threads."""

from __future__ import annotations

import asyncio
import os
import threading
from contextvars import ContextVar
from typing import Any

import pytest

import zarr
from tests.patience import HANG
from zarr.crud import Options
from zarr.crud._pipelines.chosen import Chosen
from zarr.crud._pipelines.threads import each, narrowed, thread_count
from zarr.crud.reference import ReferenceBackend
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import MemoryStore

CPUS = os.cpu_count() or 1


@pytest.mark.parametrize(
    ("concurrency", "store", "pieces", "threads"),
    [
        (3, MemoryStore(), 100, 3),
        (3, MemoryStore(), 2, 2),
        (3, AsyncOnlyStore(), 100, 3),
        (1, None, 100, 1),
        (None, MemoryStore(), 1000, CPUS),
        (None, None, 1000, CPUS),
        (None, AsyncOnlyStore(), 1000, 17),
        (None, AsyncOnlyStore(), 5, 5),
        (None, MemoryStore(), 0, 1),
    ],
)
def test_the_number_of_threads_is_limited_by_options_store_and_work(
    concurrency: int | None, store: Any, pieces: int, threads: int
) -> None:
    """Catches a thread for each of a thousand chunks, or requests that wait for a processor."""
    with zarr.config.set({"async.concurrency": 17}):
        assert thread_count(Options(concurrency=concurrency), store, pieces) == threads


def test_a_store_that_waits_has_a_limit_where_zarr_has_none() -> None:
    """Catches an error because zarr's own setting is `None`."""
    with zarr.config.set({"async.concurrency": None}):
        assert thread_count(Options(), AsyncOnlyStore(), 1000) == 64


@pytest.mark.parametrize(
    ("concurrency", "threads", "each_has"),
    [(8, 3, 2), (8, 8, 1), (8, 1, 8), (None, 3, None), (3, 2, 1)],
)
def test_threads_of_a_call_share_its_limit(
    concurrency: int | None, threads: int, each_has: int | None
) -> None:
    """Catches eight threads that use eight threads each, or a share of none."""
    options = Options(concurrency=concurrency, missing_chunks="error")
    found = narrowed(Chosen(ReferenceBackend(), options, "raise"), threads)
    assert found.options.concurrency == each_has
    assert (found.options.missing_chunks, found.missing) == ("error", "raise")


@pytest.mark.parametrize("threads", [1, 2, 3, 7])
def test_results_are_in_the_order_of_the_items(threads: int) -> None:
    """Catches results in the order of the threads."""
    items = list(range(7))
    assert asyncio.run(each(lambda n: n * n, items, threads)) == [n * n for n in items]
    assert asyncio.run(each(lambda n: n * n, [], 1)) == []


def test_all_threads_work_at_the_same_time() -> None:
    """Catches threads that run one after another."""
    met = threading.Barrier(3)
    asyncio.run(each(lambda _: met.wait(HANG), range(3), 3))
    idents = asyncio.run(each(lambda _: threading.get_ident(), range(9), 1))
    assert len(set(idents)) == 1
    assert threading.get_ident() not in idents


def test_all_threads_have_the_context_of_the_caller() -> None:
    """Catches a setting of the caller's task that only one of the threads sees."""
    variable: ContextVar[str] = ContextVar("variable", default="unset")
    variable.set("set")
    met = threading.Barrier(3)

    def seen(_: int) -> str:
        met.wait(HANG)
        return variable.get()

    assert asyncio.run(each(seen, range(3), 3)) == ["set"] * 3


@pytest.mark.parametrize("failing", [0, 2, 6])
def test_the_error_of_an_item_is_raised_and_ends_the_work(failing: int) -> None:
    """Catches an error that is lost, or items that are begun after it."""
    failure, begun = OSError("the disk is full"), []

    def work(item: int) -> None:
        begun.append(item)
        if item == failing:
            raise failure

    with pytest.raises(OSError, match="full") as caught:
        asyncio.run(each(work, range(7), 1))
    assert caught.value is failure
    assert begun == list(range(failing + 1))
