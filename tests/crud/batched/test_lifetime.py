"""When a batch can be used."""

from __future__ import annotations

import threading

import pytest

from tests.patience import in_thread, join, wait_for
from zarr import crud
from zarr.crud._batched.lifetime import Lifetime


def test_a_batch_is_used_between_its_beginning_and_its_end() -> None:
    """Catches a use that is allowed too early, too late, or refused in between."""
    life = Lifetime()
    with pytest.raises(crud.BatchError, match="before"):
        life.check_open()
    life.begin()
    life.check_open()
    with life.at_work():
        life.check_not_dropped()
    with pytest.raises(crud.BatchError, match="has begun"):
        life.begin()
    assert life.end(is_dropped=False)
    life.check_not_dropped()
    for use in (life.check_open, life.begin, life.at_work().__enter__):
        with pytest.raises(crud.BatchError, match="after"):
            use()


def test_what_was_dropped_is_not_written() -> None:
    """Catches a thread that goes on after an exception in the block."""
    life = Lifetime()
    life.begin()
    assert life.end(is_dropped=True)
    with pytest.raises(crud.BatchError, match="after"):
        life.check_not_dropped()


def test_the_end_waits_for_work_that_has_begun() -> None:
    """Catches an end that does not wait, or that waits for work that was refused."""
    life = Lifetime()
    life.begin()
    begun, go_on = threading.Event(), threading.Event()

    def work() -> None:
        with life.at_work():
            begun.set()
            assert go_on.wait(100)

    worker = in_thread(work)
    wait_for(begun.is_set, "the work")
    life.end(is_dropped=False)
    with pytest.raises(crud.BatchError), life.at_work():
        pass
    waiting = in_thread(lambda: life.await_work(threading.get_ident()))
    assert waiting.is_alive()
    go_on.set()
    join(worker, waiting)


def test_an_interrupt_before_a_change_keeps_no_end_waiting() -> None:
    """Catches a block that never ends after Ctrl-C at the wrong moment."""
    life = Lifetime()
    life.begin()
    # As if the interrupt had hit this thread between the note of its work and the `try`.
    life._working[object()] = threading.get_ident()
    life.end(is_dropped=True)
    life.await_work(threading.get_ident())
    other = in_thread(lambda: life.await_work(threading.get_ident()))
    assert other.is_alive()
    life._working.clear()
    join(other)
