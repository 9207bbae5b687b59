"""The thread that hands results to event loops."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.bindings.awaiting import fill, region, remote, result
from tests.patience import until
from tests.remote.fixtures import no_environment, server

if TYPE_CHECKING:
    from tests.remote.server import Server

__all__ = ["no_environment", "server"]


async def test_results_that_came_together_are_handed_over_together(server: Server) -> None:
    """Catches one call of the event loop for each result, each of which may take milliseconds."""
    values, store = fill(server), remote(server)
    loop = asyncio.get_running_loop()
    calls: list[str] = []
    call_soon = loop.call_soon_threadsafe

    class Loop:
        def call_soon_threadsafe(self, delivery: Any) -> None:
            calls.append(threading.current_thread().name)
            call_soon(delivery)

        def is_closed(self) -> bool:
            return False

    counting: Any = Loop()
    reads = [(region(store), loop.create_future()) for _ in range(200)]
    for read, future in reads:
        read.start(counting, future)
    for found in await asyncio.gather(*(future for _, future in reads)):
        assert np.array_equal(found, values)
    assert 1 <= len(calls) < 200
    assert threading.main_thread().name not in calls


async def test_a_future_that_is_done_gets_no_result(server: Server) -> None:
    """Catches an error in the event loop about a future that its owner has cancelled."""
    fill(server)
    loop = asyncio.get_running_loop()
    errors: list[Any] = []
    loop.set_exception_handler(lambda _, context: errors.append(context))
    server.latency = 0.02
    reads = [(region(remote(server)), loop.create_future()) for _ in range(3)]
    for read, future in reads:
        read.start(loop, future)
    reads[0][1].cancel()
    reads[1][1].set_result(None)
    await reads[2][1]
    await result(region(remote(server)))
    assert errors == []


async def test_an_exception_that_no_future_accepts_is_the_cause_of_another(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a caller that waits for ever."""
    fill(server)
    server.hook = lambda request, reply: setattr(reply, "status", 403)
    import obstore.exceptions

    monkeypatch.setattr(obstore.exceptions, "PermissionDeniedError", StopIteration)
    with pytest.raises(RuntimeError, match="StopIteration") as raised:
        await result(region(remote(server)))
    assert isinstance(raised.value.__cause__, StopIteration)


async def test_the_calls_of_a_closed_loop_are_ended(server: Server) -> None:
    """Catches requests whose answers nobody waits for."""
    fill(server)
    server.latency = 600
    loop = asyncio.new_event_loop()
    read, other = region(remote(server)), region(remote(server))
    read.start(loop, loop.create_future())
    task = asyncio.ensure_future(result(other))
    await until(lambda: server._in_flight == 18, "the requests of both")
    loop.close()
    await until(lambda: server._in_flight == 9, "the end of the requests of one")
    assert not task.done()
    other.cancel()
    await asyncio.wait([task])
