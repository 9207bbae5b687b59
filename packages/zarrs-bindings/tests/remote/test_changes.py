"""How many changes are in flight, and what happens to them when a write ends early."""

from __future__ import annotations

import signal
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.interrupts import is_interrupted
from tests.patience import A_WHILE, HANG, in_thread, join, wait_for
from tests.remote import stores
from zarr.crud._stores import key_locks

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server


class Gate:
    """A hook that answers no change before it is opened."""

    def __init__(self, server: Server) -> None:
        self.go_on = threading.Event()
        self.begun: list[str] = []
        server.hook = self

    def __call__(self, request: Request, reply: Reply) -> None:
        if request.method != "GET":
            self.begun.append(request.path)
            reply.when = self.go_on.is_set


def test_many_changes_are_in_flight(server: Server) -> None:
    """Catches requests that wait for each other, and for the encoding of others."""
    data = stores.make(server, (40, 16), chunks=(1, 16))
    array = stores.writable(stores.native(server))
    server.reset()
    server.latency = 0.2
    array[...] = data + 1
    assert len(server.requests) == 40
    assert server.most_in_flight > 10
    array[:, 3] = 0
    assert server.most_in_flight > 10


def test_reads_and_writes_share_the_limit_of_the_process(server: Server) -> None:
    """Catches a limit of their own for writes, and more connections than a server bears."""
    data = stores.make(server, (600, 4), chunks=(1, 4), dtype="u1")
    arrays = [stores.writable(stores.native(server)) for _ in range(3)]
    server.reset()
    server.latency = 0.05
    works = [lambda: arrays[0][...], lambda: arrays[1].__setitem__(..., data)]
    works.append(lambda: arrays[2].__setitem__(..., data))
    join(*(in_thread(work) for work in works))
    assert len(server.requests) == 1800
    assert 64 < server.most_in_flight <= 128


def test_an_interrupt_waits_for_what_was_sent(server: Server) -> None:
    """Catches a write that goes on after its call, and changes whose end nobody has seen."""
    data = stores.make(server, (600, 4), chunks=(1, 4), dtype="u1")
    array = stores.writable(stores.native(server))
    gate = Gate(server)
    timer = threading.Timer(0.3, gate.go_on.set)

    def is_sent() -> bool:
        if server._in_flight < 128:
            return False
        timer.start()
        return True

    assert is_interrupted(is_sent, lambda: array.__setitem__(..., 7))
    timer.join()
    assert not key_locks.held
    assert server._in_flight == 0
    begun = list(gate.begun)
    assert len(begun) == 128
    server.hook = None
    for row in range(600):
        expected = 7 if f"bucket/data/c/{row}/0" in begun else data[row]
        assert np.all(array[row] == expected)
    time.sleep(A_WHILE)
    assert len(gate.begun) == 128


def test_an_interrupt_ends_reads_at_once(server: Server) -> None:
    """Catches a write that waits for old values although it will not use them."""
    stores.make(server, (40, 16), chunks=(1, 16))
    array = stores.writable(stores.native(server))
    server.reset()
    server.latency = 600
    start = time.monotonic()
    assert is_interrupted(lambda: server._in_flight >= 40, lambda: array.__setitem__((..., 3), 1))
    # Changes are waited for as long as this.
    assert time.monotonic() - start < 30
    wait_for(lambda: server._in_flight == 0, "the end of the requests")
    assert not key_locks.held
    assert server.gets("PUT") == []


def test_a_second_interrupt_names_the_keys_in_question(server: Server) -> None:
    """Catches a write that cannot be ended, and one that does not say what is unknown."""
    stores.make(server, (5, 4), chunks=(1, 4))
    array = stores.writable(stores.native(server))
    gate = Gate(server)
    noticed: list[float] = []

    def notice(*_: object) -> None:
        noticed.append(time.monotonic())
        raise KeyboardInterrupt

    def send() -> None:
        wait_for(lambda: len(gate.begun) == 5, "the requests")
        signal.pthread_kill(main, signal.SIGALRM)
        wait_for(lambda: noticed, "the first interrupt")
        time.sleep(0.05)
        signal.pthread_kill(main, signal.SIGALRM)

    signal.signal(signal.SIGALRM, notice)
    main = threading.get_ident()
    sender = in_thread(send)
    with pytest.raises(KeyboardInterrupt) as caught:
        array[...] = 7
    ended = time.monotonic()
    join(sender)
    assert len(noticed) == 2
    assert ended - noticed[1] < HANG / 2
    (note,) = caught.value.__notes__
    assert all(f"'c/{row}/0'" in note for row in range(5))
    assert "write them again" in note
    assert not key_locks.held
    wait_for(lambda: server._in_flight == 0, "the end of the requests")


def test_an_error_waits_for_the_other_changes(server: Server) -> None:
    """Catches a change that lands after its call has failed."""
    stores.make(server, (40, 16), chunks=(1, 16))
    array = stores.writable(stores.native(server))

    def hook(request: Request, reply: Reply) -> None:
        if request.path.endswith("c/7/0"):
            reply.status = 403
        else:
            reply.after = 0.2

    server.hook = hook
    with pytest.raises(Exception, match="c/7/0"):
        array[...] = 1
    assert server._in_flight == 0
    assert not key_locks.held


def test_other_threads_run_while_a_write_waits(server: Server) -> None:
    """Catches a write that holds the GIL while it waits."""
    stores.make(server, (4, 16), chunks=(1, 16))
    array = stores.writable(stores.native(server))
    may_answer = threading.Event()

    def hook(request: Request, reply: Reply) -> None:
        # The server runs in this process, so it answers only while the GIL is free.
        assert may_answer.wait(30)

    server.hook = hook
    writer = in_thread(lambda: array.__setitem__(..., 3))
    wait_for(lambda: len(server.requests) > 0, "a request")
    may_answer.set()
    join(writer)
    assert np.all(array[...] == 3)
