"""A wait that another thread ends."""

from __future__ import annotations

from tests.patience import in_thread, join
from zarr.crud._stores.latch import Latch


def test_an_open_latch_lets_one_wait_pass() -> None:
    """Catches a wait that never ends, and one that does not wait."""
    latch = Latch()
    latch.open()
    latch.open()
    latch.wait()
    thread = in_thread(latch.wait)
    thread.join(0.05)
    assert thread.is_alive()
    latch.open()
    join(thread)
