"""Signals and the end of the interpreter while Rust works."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.zarrs.bindings.support import document, local, ramp

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("concurrency", [None, 1])
def test_a_signal_stops_a_long_read(tmp_path: Path, concurrency: int | None) -> None:
    """Catches a read that cannot be interrupted, and one that leaves threads at work."""
    long = local(tmp_path / "long", document((1 << 14, 1 << 14), (4, 4)), concurrency=concurrency)
    short = local(tmp_path / "short", document())
    short.write_all(ramp((7, 5)))

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.2)
        with pytest.raises(KeyboardInterrupt):
            long.read_all()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    np.testing.assert_array_equal(short.read_all(), ramp((7, 5)))


CHILD = """
    import sys, threading
    from pathlib import Path
    from tests.zarrs.bindings.support import document, local
    ours = local(Path(sys.argv[1]), document((1 << 14, 1 << 14), (4, 4)))
    started = threading.Event()
    def read():
        started.set()
        ours.read_all()
    threading.Thread(target=read, daemon=True).start()
    started.wait()
"""


def test_the_interpreter_may_end_while_a_read_runs(tmp_path: Path) -> None:
    """Catches a crash or a hang at exit."""
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(CHILD), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
