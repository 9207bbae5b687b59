"""Whole processes: their time, their memory, and files that the system has forgotten."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bench.zarr_benchmarks.cells import Cell, Programs

UNWANTED: Final = ("ZARR_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
"""Variables that would change what is measured. All peers run compiled code from the first run on,
which is not measured.
"""


class FailedError(Exception):
    """A peer has failed."""


@dataclass(frozen=True)
class Ran:
    """What a process took."""

    seconds: float
    peak: int
    """The most memory that it held, in bytes."""
    blocks: int
    """How often it read from the disk."""


def can_forget() -> bool:
    """Return whether the system can be asked to forget files."""
    return hasattr(os, "posix_fadvise")


def forget(folder: Path) -> None:
    """Let the system forget the contents of all files below a folder."""
    for file in folder.rglob("*"):
        if file.is_file():
            descriptor = os.open(file, os.O_RDONLY)
            try:
                # What is not yet on the disk cannot be forgotten.
                os.fsync(descriptor)
                os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(descriptor)


def remember(folder: Path) -> None:
    """Read all files below a folder, so that the system has them in memory."""
    for file in folder.rglob("*"):
        if file.is_file():
            with file.open("rb", buffering=0) as opened:
                while opened.read(1 << 22):
                    pass


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(UNWANTED)}


def run(command: list[str]) -> Ran:
    """Run a command from its start to its end."""
    start = perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=_environment()
    )
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    seconds = perf_counter() - start
    process.stderr.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise FailedError(f"{' '.join(command)} failed: {said.strip()[-2000:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return Ran(seconds, usage.ru_maxrss * unit, usage.ru_inblock)


def measure(programs: Programs, peer: str, cell: Cell, array: Path, scratch: Path) -> Ran | None:
    """Run one peer once on one cell; `None` if it cannot do it."""
    target = scratch / "target"
    last = (str(target),) if cell.work == "round" else ()
    command = programs.command(peer, cell, array, *last)
    if command is None:
        return None
    shutil.rmtree(target, ignore_errors=True)
    if cell.work == "round" and "reencode" not in command[0]:
        target.mkdir()
        shutil.copy(array / "zarr.json", target)
    (forget if cell.cold else remember)(array)
    return run(command)


def digest(programs: Programs, peer: str, cell: Cell, array: Path) -> str | None:
    """Return the digest of what a peer reads; `None` if it prints none."""
    command = programs.command(peer, cell, array, "digest")
    if command is None:
        return None
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=_environment())
    if done.returncode:
        raise FailedError(f"{' '.join(command)} failed: {done.stderr.strip()[-2000:]}")
    return done.stdout.strip()
