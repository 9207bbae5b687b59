"""Reads that are awaited: thousands at a time, without a thread for each."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.patience import HANG, in_thread, join, until, wait_for
from tests.remote import stores
from tests.remote.test_differential import ARRAYS, OPTIONS, SHAPE, values
from zarr import crud
from zarr.crud._stores.cancellation import Cancellation, CancelledCall, context_with
from zarr.crud.testing import assert_same
from zarr.errors import NodeNotFoundError
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Reply, Request, Server

THREADS = Path("/proc/self/task")


def threads() -> int:
    """Return the number of threads of this process, those of libraries too."""
    return len(list(THREADS.iterdir())) if THREADS.exists() else threading.active_count()


def rows(server: Server, count: int = 40) -> tuple[Any, Any, Any]:
    """Create an array of a chunk for each row; return its document, its store and its values."""
    data = stores.make(server, (count, 16), chunks=(1, 16))
    store = stores.native(server)
    document = crud.read_metadata(store)
    server.reset()
    return document, store, data


async def test_ten_thousand_reads_take_few_threads_and_all_requests_allowed(
    server: Server,
) -> None:
    """Catches a thread for each read, and reads that wait for one another."""
    document, store, data = rows(server)
    await crud.read_chunk_async(document, store, (0, 0), engine="zarrs")
    server.reset()
    server.latency = 0.05
    most = [threads()] * 2
    before = threading.active_count()

    async def read(number: int) -> None:
        found = await crud.read_chunk_async(document, store, (number % 40, 0), engine="zarrs")
        assert np.array_equal(found[0], data[number % 40])
        if number % 100 == 0:
            most[1] = max(most[1], threads())

    await asyncio.gather(*(read(number) for number in range(10_000)))
    assert len(server.requests) == 10_000
    assert 100 < server.most_in_flight <= 128
    assert threading.active_count() <= before
    # A thread that carries the results.
    assert most[1] <= most[0] + 1


@pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed` codec")
@pytest.mark.parametrize("name", ARRAYS)
async def test_what_is_awaited_equals_what_is_waited_for(server: Server, name: str) -> None:
    """Catches a chunk at the edge, a fill value, a data type or a scalar that is another one."""
    options = ARRAYS[name]
    written = zarr.create_array(ObjectStore(stores.s3(server)), shape=SHAPE, **options)
    written[...] = values(options["dtype"])
    store = stores.native(server)
    document = crud.read_metadata(store)
    points = np.array([[0, 22, 7], [7, 3, 3]]), np.array([[16, 0, 5], [5, 9, 9]])
    mask = np.zeros(SHAPE, bool)
    mask[::5, ::3] = True
    selections: list[tuple[str, Any]] = [
        ("basic", (slice(2, 20, 3), slice(16, None, -2))),
        ("basic", (22, 16)),
        ("basic", slice(5, 5)),
        ("orthogonal", ([22, 4, 4], slice(None))),
        ("coordinate", points),
        ("mask", mask),
        ("block", (slice(0, 1), 0)),
    ]
    for label, given in OPTIONS.items():
        both: Any = {"engine": "zarrs", "options": given}
        for kind, selection in selections:
            call: Any = {**both, "kind": kind}
            expected = crud.read_region(document, store, selection, **call)
            found = await crud.read_region_async(document, store, selection, **call)
            assert type(found) is type(expected), (label, kind)
            assert_same(np.asarray(found), np.asarray(expected))
            if np.shape(expected):
                out = np.empty(np.shape(expected), document.dtype)
                assert (
                    await crud.read_region_async(document, store, selection, out=out, **call) is out
                )
                assert_same(out, np.asarray(expected))
        for index in np.ndindex(*document.chunk_grid.shape):
            expected = crud.read_chunk(document, store, index, **both)
            assert_same(await crud.read_chunk_async(document, store, index, **both), expected)
    if "shards" in options:
        expected = crud.read_subchunk(document, store, (7, 8), engine="zarrs")
        assert_same(
            await crud.read_subchunk_async(document, store, (7, 8), engine="zarrs"), expected
        )


async def test_errors_are_those_of_the_functions(server: Server) -> None:
    """Catches an error of another class or text, and one that comes in another order."""
    document, store, _ = rows(server)
    strict = crud.Options(missing_chunks="error")
    tight = crud.Options(decoded_size_budget=10)
    server.objects["bucket/data/c/1/0"] = b"short"
    del server.objects["bucket/data/c/2/0"]

    def hook(request: Request, reply: Reply) -> None:
        if request.path.endswith("c/3/0"):
            reply.status = 403

    server.hook = hook
    calls: list[dict[str, Any]] = [
        {"index": (1, 0)},
        {"index": (2, 0), "options": strict},
        {"index": (3, 0)},
        {"index": (40, 0)},
        {"index": (0, 0), "options": tight},
        {"index": (0, 0), "out": np.empty(3)},
        {"index": (40, 0), "engine": "none"},
        {"index": (0, 0), "path": "nothing"},
        {"index": (0, 0), "options": "no options", "path": "nothing"},
        {"index": (0, 0), "detached": 3},
    ]
    for call in calls:
        call = {"engine": "zarrs", **call}
        with pytest.raises(Exception) as expected:  # noqa: PT011
            crud.read_chunk(document, store, **call)
        with pytest.raises(type(expected.value)) as found:
            await crud.read_chunk_async(document, store, **call)
        assert str(found.value) == str(expected.value)
    with pytest.raises(TypeError, match=r"^read_chunk\(\) missing"):
        await crud.read_chunk_async(document, store)  # type: ignore[call-arg]


@pytest.mark.parametrize("moment", ["before it begins", "in flight", "waiting for its turn"])
@pytest.mark.parametrize("into", ["a new array", "out"])
async def test_a_cancelled_read_aborts_its_requests_and_writes_nothing(
    server: Server, moment: str, into: str
) -> None:
    """Catches requests that go on, and elements that come after the cancellation."""
    document, store, data = rows(server)
    server.latency = 600
    out = np.full(data.shape, -1, "i4") if into == "out" else None
    others = []
    if moment == "waiting for its turn":
        others = [
            asyncio.ensure_future(crud.read_chunk_async(document, store, (0, 0), engine="zarrs"))
            for _ in range(600)
        ]
        await until(lambda: server._in_flight == 128, "the requests of the others")
    read = crud.read_region_async(document, store, out=out, engine="zarrs")
    task = asyncio.ensure_future(read)
    if moment == "in flight":
        await until(lambda: server._in_flight == 40, "the requests")
    elif others:
        await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task], timeout=HANG)
    assert task.cancelled()
    for other in others:
        other.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    await until(lambda: server._in_flight == 0, "the end of the requests")
    assert out is None or np.all(out == -1)
    server.latency = 0
    found = await crud.read_region_async(document, store, out=out, engine="zarrs")
    assert_same(np.asarray(found), data)


async def test_nothing_is_written_to_out_after_a_cancellation_amid_decoding(
    server: Server,
) -> None:
    """Catches a thread that writes to memory that has another use by now."""
    document, store, data = rows(server)
    server.hook = lambda request, reply: setattr(
        reply, "after", 0 if request.path.endswith(("0/0", "1/0", "2/0", "3/0")) else 600
    )
    out = np.full(data.shape, -1, "i4")
    read = crud.read_region_async(document, store, out=out, engine="zarrs")
    task = asyncio.ensure_future(read)
    await until(lambda: out[0, 0] != -1, "the first chunk")
    task.cancel()
    await asyncio.wait([task], timeout=HANG)
    assert task.cancelled()
    seen = out.copy()
    await until(lambda: server._in_flight == 0, "the end of the requests")
    assert_same(out, seen)


async def test_time_limits_and_groups_of_tasks_end_reads(server: Server) -> None:
    """Catches a read that outlives the scope in which it is awaited."""
    document, store, _ = rows(server)
    await crud.read_chunk_async(document, store, (0, 0), engine="zarrs")
    server.latency = 600

    async def read() -> None:
        await crud.read_region_async(document, store, engine="zarrs")

    async def fail() -> None:
        await until(lambda: server._in_flight == 80, "both reads")
        raise LookupError

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(read(), 0.05)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await read()
    await until(lambda: server._in_flight == 0, "the end of the requests")

    async def together() -> None:
        async with asyncio.TaskGroup() as group:
            for work in (read(), read(), fail()):
                group.create_task(work)

    with pytest.raises(ExceptionGroup):
        await together()
    await until(lambda: server._in_flight == 0, "the end of the requests")


async def test_the_cancellation_of_a_call_around_it_ends_a_read(server: Server) -> None:
    """Catches a read within a cancelled call that goes on."""
    document, store, _ = rows(server)
    await crud.read_chunk_async(document, store, (0, 0), engine="zarrs")
    server.latency = 600
    cancellation = Cancellation()
    read = crud.read_region_async(document, store, engine="zarrs")
    task = asyncio.create_task(read, context=context_with(cancellation))
    await until(lambda: server._in_flight == 40, "the requests")
    cancellation.cancel()
    with pytest.raises(CancelledCall):
        await task
    await until(lambda: server._in_flight == 0, "the end of the requests")


def test_event_loops_of_several_threads_get_their_own_results(server: Server) -> None:
    """Catches a result that is handed to another loop, or to its own one from another thread."""
    document, store, data = rows(server)
    server.latency = 0.01
    right: list[bool] = []

    async def read(number: int) -> bool:
        found = await crud.read_chunk_async(document, store, (number, 0), engine="zarrs")
        return np.array_equal(found[0], data[number])

    async def run() -> list[bool]:
        asyncio.get_running_loop().set_debug(enabled=True)
        return await asyncio.gather(*(read(n % 40) for n in range(400)))

    join(*(in_thread(lambda: right.extend(asyncio.run(run()))) for _ in range(4)))
    assert right == [True] * 1600


def test_a_loop_that_is_closed_leaves_nothing_behind(server: Server) -> None:
    """Catches requests and turns that nobody gives back, and a result for a loop that is gone."""
    document, store, data = rows(server)
    server.latency = 600
    loop = asyncio.new_event_loop()
    reads = [crud.read_chunk_async(document, store, (0, 0), engine="zarrs") for _ in range(600)]
    tasks = [loop.create_task(read) for read in reads]
    while server._in_flight < 128:
        loop.run_until_complete(asyncio.sleep(0.002))
    loop.close()
    for task in tasks:
        task._log_destroy_pending = False  # type: ignore[attr-defined]
    gone = weakref.ref(loop)
    del tasks, reads, task, loop
    # The server never answers, so only the end of the loop ends the requests.
    wait_for(lambda: server._in_flight == 0, "the end of the requests")
    wait_for(lambda: gc.collect() is None or gone() is None, "the end of the loop")
    server.latency = 0
    found = asyncio.run(crud.read_region_async(document, store, engine="zarrs"))
    assert_same(np.asarray(found), data)


async def test_a_first_read_looks_for_the_node_beside_it(server: Server) -> None:
    """Catches a look-up before the read, and one for each of many reads."""
    data = stores.make(server, (40, 16), chunks=(1, 16))
    document = crud.read_metadata(stores.native(server))
    store = stores.native(server, config={"default_region": "us-east-1"})
    server.reset()
    server.latency = 0.05
    reads = [
        crud.read_chunk_async(document, store, (n, 0), path="", engine="zarrs") for n in range(40)
    ]
    found = await asyncio.gather(*reads)
    assert_same(np.concatenate(found), data)
    looked = [request for request in server.requests if request.path.endswith("zarr.json")]
    assert 1 <= len(looked) <= 32
    with pytest.raises(NodeNotFoundError, match="nothing"):
        await crud.read_chunk_async(document, store, (0, 0), path="nothing", engine="zarrs")


WAYS: dict[str, Callable[[Any], Any]] = {
    "getitem": lambda array: array.getitem((slice(3, 30), slice(None, None, 2))),
    "one element": lambda array: array.getitem((3, 4)),
    "orthogonal": lambda array: array.get_orthogonal_selection(([0, 3, 30], slice(None))),
    "coordinate": lambda array: array.get_coordinate_selection(([0, 3, 30], [1, 0, 2])),
    "mask": lambda array: array.get_mask_selection(np.eye(40, 16, dtype=bool)),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("order", ["C", "F"])
async def test_asynchronous_arrays_await_without_a_thread(
    server: Server, way: str, order: Any
) -> None:
    """Catches a method that takes a worker thread, and results that differ from upstream's."""
    rows(server)
    opened = zarr.api.asynchronous.open_array
    config: Any = {"order": order}
    native = await opened(store=stores.native(server), mode="r", engine="zarrs", config=config)
    plain = await opened(store=stores.native(server), mode="r", engine="zarr", config=config)
    expected = await WAYS[way](plain)
    assert_same(np.asarray(await WAYS[way](native)), np.asarray(expected))
    server.reset()
    server.latency = 0.05
    before = threads()
    reads = [asyncio.ensure_future(WAYS[way](native)) for _ in range(60)]
    await until(lambda: server._in_flight > 40, "more requests than there are workers")
    if way in ("getitem", "one element"):
        assert threads() <= before + 1
    for found in await asyncio.gather(*reads):
        assert_same(np.asarray(found), np.asarray(expected))
