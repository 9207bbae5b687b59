"""Chunks that a thread has for itself."""

from __future__ import annotations

from threading import get_ident

from tests.crud.batched.test_held import settings
from tests.patience import in_thread, join
from zarr.crud._batched.held import HeldChunk
from zarr.crud._batched.taken import TakenChunks, claim


def test_one_thread_has_a_chunk_at_a_time() -> None:
    """Catches two threads that write one chunk, and a thread that waits forever."""
    chunk = HeldChunk(settings(), (0, 0))
    found: list[bool] = []
    assert claim(chunk)
    waiting = in_thread(lambda: found.append(claim(chunk)))
    assert found == []
    chunk.is_busy = False
    join(waiting)
    assert found == [True]
    # The thread that has claimed it is gone; a new thread may have its identity.
    chunk.writer = get_ident()
    last = in_thread(lambda: found.append(claim(chunk)))
    chunk.is_gone = True
    join(last)
    assert found == [True, False]


def test_what_was_taken_is_dropped_or_held_again() -> None:
    """Catches a chunk that stays busy, so that the next write waits forever."""
    chunk = HeldChunk(settings(), (0, 0))
    removed: list[HeldChunk] = []
    taken = TakenChunks(removed.append)
    assert claim(chunk)
    taken.chunks.append(chunk)
    taken.give_back()
    assert (chunk.is_busy, removed) == (False, [])
    assert claim(chunk)
    taken.drop()
    assert removed == [chunk]


def test_a_chunk_is_not_kept_from_the_thread_that_claimed_it() -> None:
    """Catches a write that waits forever after an interrupt between a claim and its use."""
    chunk = HeldChunk(settings(), (0, 0))
    assert claim(chunk)
    assert claim(chunk)
    with chunk.lock:
        assert not chunk.is_kept_busy()
