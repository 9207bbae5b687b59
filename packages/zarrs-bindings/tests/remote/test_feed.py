"""How many requests are in flight, and what happens to them when a call ends early."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zarr
from tests.interrupts import is_interrupted
from tests.patience import in_thread, join, wait_for
from tests.remote import stores

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server


def test_many_requests_are_in_flight(server: Server) -> None:
    """Catches requests that wait for each other, and for the decoding of others."""
    data = stores.make(server, (40, 16), chunks=(1, 16))
    array = stores.opened(stores.native(server))
    server.reset()
    server.latency = 0.2
    assert np.array_equal(array[...], data)
    assert len(server.requests) == 40
    assert server.most_in_flight > 10


def test_a_process_has_a_limit_for_all_its_calls(server: Server) -> None:
    """Catches a limit for each call, and more connections than a server bears."""
    data = stores.make(server, (600, 4), chunks=(1, 4), dtype="u1")
    arrays = [stores.opened(stores.native(server)) for _ in range(3)]
    server.reset()
    server.latency = 0.05
    threads = [in_thread(lambda array=array: array[...]) for array in arrays]  # type: ignore[misc]
    join(*threads)
    assert len(server.requests) == 1800
    assert 64 < server.most_in_flight <= 128
    assert np.array_equal(arrays[0][:2], data[:2])


def test_an_interrupt_aborts_the_requests(server: Server) -> None:
    """Catches a read that cannot be ended, and one that spoils the next."""
    data = stores.make(server, (40, 16), chunks=(1, 16))
    array = stores.opened(stores.native(server))
    server.reset()
    server.latency = 600
    assert is_interrupted(lambda: server._in_flight >= 40, lambda: array[...])
    wait_for(lambda: server._in_flight == 0, "the end of the requests")
    server.latency = 0
    assert np.array_equal(array[...], data)


def test_an_error_aborts_the_other_requests(server: Server) -> None:
    """Catches a call that waits for all answers after the first error."""
    stores.make(server, (40, 16), chunks=(1, 16))
    array = stores.opened(stores.native(server))

    def hook(request: Request, reply: Reply) -> None:
        if request.path.endswith("c/7/0"):
            reply.status = 403
        else:
            reply.after = 600

    server.hook = hook
    with pytest.raises(Exception, match="c/7/0"):
        array[...]
    wait_for(lambda: server._in_flight == 0, "the end of the requests")


def test_other_threads_run_while_a_read_waits(server: Server) -> None:
    """Catches a read that holds the GIL while it waits."""
    data = stores.make(server, (4, 16), chunks=(1, 16))
    array = stores.opened(stores.native(server))
    may_answer = threading.Event()

    def hook(request: Request, reply: Reply) -> None:
        # The server runs in this process, so it answers only while the GIL is free.
        assert may_answer.wait(30)

    server.hook = hook
    found = []
    reader = in_thread(lambda: found.append(array[...]))
    wait_for(lambda: len(server.requests) > 0, "a request")
    may_answer.set()
    join(reader)
    assert np.array_equal(found[0], data)


@pytest.mark.parametrize(("given", "upstream"), [(5, None), (None, 6)])
def test_the_limit_is_what_is_set(server: Server, given: int | None, upstream: int | None) -> None:
    """Catches a limit that nobody can change, and one that stays after it was changed."""
    data = stores.make(server, (200, 4), chunks=(1, 4), dtype="u1")
    array = stores.opened(stores.native(server))
    server.latency = 0.02
    settings = {"array.requests_in_flight": given, "async.concurrency": upstream or 10}
    with zarr.config.set(settings):
        server.reset()
        assert np.array_equal(array[...], data)
        assert server.most_in_flight == (given or upstream)
    server.reset()
    assert np.array_equal(array[...], data)
    assert server.most_in_flight > 10
