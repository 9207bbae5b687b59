"""Interrupts, and the end of the interpreter, during reads of the library."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

PROLOGUE = """
import os, signal, sys, threading, time, warnings
warnings.simplefilter("ignore")
import numpy as np
import zarr
from zarr import crud

store = zarr.storage.LocalStore(sys.argv[1])
values = np.arange(1 << 21) % 1000
array = zarr.create_array(store, data=values, chunks=1 << 14)
document = crud.read_metadata(store)

def read(selection=...):
    return crud.read_region(document, store, selection, engine="zarrista")

def write():
    crud.write_region(document, store, ..., values, engine="zarrista")

read()
"""

INTERRUPTED = """
act = {"box": read, "steps": lambda: read(slice(None, None, 3)), "write": write}[sys.argv[2]]
for delay in (0.001, 0.01, 0.05, 0.1):
    try:
        threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT)).start()
        while True:
            act()
    except KeyboardInterrupt:
        pass
    assert (read() == values).all()
crud.write_region(document, store, slice(0, 7), 5, engine="zarrs")
assert (read(slice(0, 7)) == 5).all()
print("done")
"""

LEFT = """
def work():
    while True:
        read()

for _ in range(3):
    threading.Thread(target=work, daemon=True).start()
time.sleep(0.2)
print("done")
"""


def run(program: str, *arguments: str) -> None:
    command = [sys.executable, "-c", PROLOGUE + program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr[-3000:]


@pytest.mark.parametrize("act", ["box", "steps", "write"])
def test_an_interrupt_is_raised_and_everything_works_afterwards(act: str, tmp_path: Path) -> None:
    """Catches an interrupt that is swallowed or taken for damage, and a lock that stays."""
    run(INTERRUPTED, str(tmp_path / "a"), act)


def test_the_interpreter_ends_well_while_a_thread_reads(tmp_path: Path) -> None:
    """Catches a crash of the library's threads at the end."""
    run(LEFT, str(tmp_path / "a"))
