"""A limit for children that tests fork.

Such a child has copies of the pipes of its pytest worker. If it hangs, the run waits for these
pipes forever, even when the worker has been ended.
"""

from __future__ import annotations

import os
import signal

from tests.patience import HANG


def limit() -> None:
    """From now on, end each forked child of this process that takes so long that it hangs."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_limit)


def _limit() -> None:
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(HANG))
