"""Reads that are awaited: what begins them, and what ends them."""

from __future__ import annotations

import asyncio
import gc
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.bindings.awaiting import ALL, fill, region, remote, result
from tests.bindings.support import Bridge, document
from tests.patience import until
from tests.remote.fixtures import no_environment, server

if TYPE_CHECKING:
    from tests.remote.server import Server

__all__ = ["no_environment", "server"]


async def test_a_read_begins_when_it_is_started_and_only_once(server: Server) -> None:
    """Catches requests of a read that nobody awaits, and two results for one memory."""
    values = fill(server)
    read = region(remote(server))
    assert server.requests == []
    assert np.array_equal(await result(read), values)
    assert len(server.requests) == 9
    with pytest.raises(RuntimeError, match="only once"):
        await result(read)


async def test_chunks_and_regions_are_counted_as_such(server: Server) -> None:
    """Catches a chunk that is read as a region, and a failure that is counted."""
    values, store = fill(server), remote(server)
    before = zb.counters()
    read = zb.begin_chunk(document(), store, (1, 1), "", np.dtype("i4"), None, None)
    assert read is not None
    assert np.array_equal(await result(read), values[3:6, 2:4])
    await result(region(store))
    server.objects["bucket/data/c/0/0"] = b"short"
    with pytest.raises(RuntimeError, match=r"decode-failed: .*c/0/0"):
        await result(region(store))
    after = zb.counters()
    for name in ("read_chunk", "read_region"):
        assert after[name] == before[name] + 1


def test_other_stores_have_no_awaited_reads(tmp_path: Any) -> None:
    """Catches a read that calls a Python store on a thread of the extension."""
    dtype = np.dtype("i4")
    for store in (zb.FilesystemStore(str(tmp_path)), zb.PythonStore(Bridge())):
        assert zb.begin_region(document(), store, ALL, "", dtype, None, None) is None
        assert zb.begin_chunk(document(), store, (0, 0), "", dtype, None, None) is None


def test_what_does_not_fit_is_refused_before_it_begins(server: Server) -> None:
    """Catches an error that only the event loop sees."""
    store, dtype = remote(server), np.dtype("i4")
    with pytest.raises(RuntimeError, match="bounds: "):
        zb.begin_chunk(document(), store, (3, 0), "", dtype, None, None)
    with pytest.raises(RuntimeError, match="metadata: "):
        zb.begin_region("{}", store, ALL, "", dtype, None, None)
    with pytest.raises(RuntimeError, match="budget: the result"):
        region(store, options=zb.Options(decoded_size_budget=139))
    with pytest.raises(RuntimeError, match="value-shape: out has shape"):
        region(store, out=np.empty(3, "i4"))
    with pytest.raises(RuntimeError, match="value-shape: dtype"):
        zb.begin_region(document(), store, ALL, "", np.dtype("i8"), None, None)


async def test_a_cancelled_read_ends_before_and_after_its_start(server: Server) -> None:
    """Catches a cancellation that is lost because the read has not begun."""
    fill(server)
    server.latency = 600
    early, late = region(remote(server)), region(remote(server))
    early.cancel()
    with pytest.raises(asyncio.CancelledError):
        await result(early)
    assert server.requests == []
    task = asyncio.ensure_future(result(late))
    await until(lambda: server._in_flight == 9, "the requests")
    late.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    await until(lambda: server._in_flight == 0, "the end of the requests")
    late.cancel()


async def test_a_read_goes_on_although_nobody_holds_it(server: Server) -> None:
    """Catches a task without other references, whose read would end with it."""
    values = fill(server)
    found: list[Any] = []

    async def read() -> None:
        found.append(await result(region(remote(server))))

    server.latency = 0.05
    asyncio.get_running_loop().call_soon(lambda: [asyncio.ensure_future(read())].clear())
    await until(lambda: server.requests, "the requests")
    gc.collect()
    await until(lambda: found, "the result")
    assert np.array_equal(found[0], values)
