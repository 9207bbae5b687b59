"""Signals and the end of the interpreter while Rust works."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.interrupts import is_interrupted
from tests.patience import HANG
from tests.zarrs.bindings.support import LITTLE, document, local, ramp, sharding

if TYPE_CHECKING:
    from pathlib import Path


def missing() -> int:
    """How many chunks were found missing so far."""
    return zb.counters()["chunks_missing"]


@pytest.mark.parametrize("sharded", [False, True])
@pytest.mark.parametrize("concurrency", [None, 1])
def test_a_signal_stops_a_long_read(tmp_path: Path, concurrency: int | None, sharded: bool) -> None:
    """Catches a read that cannot be interrupted, and one that leaves threads at work.

    Shards are read in many batches, each of which is short. The interrupt comes when the first
    chunks were found missing.
    """
    codecs = (sharding((2, 2)),) if sharded else (LITTLE,)
    text = document((1 << 14, 1 << 14), (4, 4), codecs=codecs)
    long = local(tmp_path / "long", text, concurrency=concurrency)
    short = local(tmp_path / "short", document())
    short.write_all(ramp((7, 5)))
    before = missing()
    assert is_interrupted(lambda: missing() > before, long.read_all)
    assert 0 < missing() - before < 1 << 24
    np.testing.assert_array_equal(short.read_all(), ramp((7, 5)))


@pytest.mark.parametrize("sharded", [False, True])
def test_a_signal_stops_a_long_write(tmp_path: Path, sharded: bool) -> None:
    """Catches a write of many short batches that goes on to its end."""
    codecs = (sharding((1,)),) if sharded else (LITTLE,)
    count = 60_000
    long = local(tmp_path, document((2 * count,), (2,), codecs=codecs))
    value = ramp((2 * count,))
    assert is_interrupted((tmp_path / "c/0").exists, lambda: long.write_all(value))
    assert 0 < len(list((tmp_path / "c").iterdir())) < count


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
        timeout=HANG,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
