"""Processes whose system calls fail, stop or kill on command: see `faults.c`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import zarr
from tests.patience import wait_for
from zarr import crud

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HERE: Final = Path(__file__).parent

PRELUDE: Final = """
import os, signal, sys, threading, time
import numpy as np
import zarr
from zarr import crud
from zarr.storage import LocalStore, MemoryStore
document = crud.read_metadata(root)
"""


def compiled(folder: Path) -> Path:
    """Compile the library that makes calls fail into a folder."""
    library = folder / "faults.so"
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", str(library), str(HERE / "faults.c"), "-ldl"]
    subprocess.run(command, check=True)
    return library


def preloaded(library: Path) -> dict[str, str]:
    """The variables that preload a library, by name: a path may contain a blank."""
    others = os.environ.get("LD_LIBRARY_PATH")
    return {
        "LD_PRELOAD": library.name,
        "LD_LIBRARY_PATH": f"{library.parent}:{others}" if others else str(library.parent),
    }


@dataclass
class Child:
    """A started process; its parent is the fork server."""

    ask: Callable[[dict[str, Any]], Any]
    pid: int
    out_file: Path
    err_file: Path
    status: int | None = None

    def poll(self) -> int | None:
        """The exit status, as in `subprocess`; `None` while it runs."""
        if self.status is None:
            self.status = self.ask({"pid": self.pid})
        return self.status

    def wait(self) -> int:
        """Wait for the exit status."""
        wait_for(lambda: self.poll() is not None, "the process")
        assert self.status is not None
        return self.status

    def reach(self, condition: Callable[[], object], what: str) -> None:
        """Wait until a condition holds, or the process ends."""
        wait_for(lambda: condition() or self.poll() is not None, what)
        assert condition(), self.err_file.read_text()

    def send_signal(self, number: int) -> None:
        """Send a signal, if it runs."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it without a chance to clean up."""
        self.send_signal(signal.SIGKILL)

    def out(self) -> str:
        """What it has printed."""
        return self.out_file.read_text() if self.out_file.exists() else ""

    def finish(self) -> str:
        """Wait for a successful exit; return what it has printed."""
        assert self.wait() == 0, self.err_file.read_text()
        return self.out()

    def has_stopped(self) -> bool:
        """Whether it has stopped itself."""
        assert self.poll() is None, self.err_file.read_text()
        text = Path(f"/proc/{self.pid}/stat").read_text()
        return text.rpartition(")")[2].split()[0] == "T"

    def go_on(self) -> None:
        """Continue it after it has stopped, to a successful exit."""
        self.send_signal(signal.SIGCONT)
        self.finish()


@dataclass
class Faults:
    """Starts Python processes with the library in place."""

    folder: Path
    started_so_far: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.fork_server = subprocess.Popen(
            [sys.executable, str(HERE / "fork_server.py")],
            env=os.environ | preloaded(compiled(self.folder)),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        """Stop the fork server."""
        with self.fork_server:
            pass

    def ask(self, order: dict[str, Any]) -> Any:
        """Send one request to the fork server, and return its answer."""
        with self.lock:
            assert self.fork_server.stdin is not None
            assert self.fork_server.stdout is not None
            print(json.dumps(order), file=self.fork_server.stdin, flush=True)
            return json.loads(self.fork_server.stdout.readline())

    @contextmanager
    def started(
        self,
        code: str,
        root: Path,
        engine: str,
        faults: str = "",
        log: Path | None = None,
        **names: Any,
    ) -> Iterator[Child]:
        """A process that runs `code` after the prelude; killed at the end of the block."""
        with self.lock:
            self.started_so_far += 1
            out, err = (self.folder / f"{name}{self.started_so_far}" for name in ("out", "err"))
        order = {
            "code": PRELUDE + textwrap.dedent(code),
            "names": {"root": str(root), "engine": engine} | names,
            "faults": faults,
            "log": str(log or ""),
            "out": str(out),
            "err": str(err),
        }
        child = Child(self.ask, self.ask(order), out, err)
        try:
            yield child
        finally:
            child.kill()
            child.wait()

    def run(
        self,
        code: str,
        root: Path,
        engine: str,
        faults: str = "",
        log: Path | None = None,
        **names: Any,
    ) -> str:
        """What `code` prints, in a process that exits successfully."""
        with self.started(code, root, engine, faults, log, **names) as child:
            return child.finish()


def calls(log: Path, root: Path) -> list[tuple[str, str]]:
    """The recorded calls on files below a root: the call, and the name below the root."""
    lines = [line.split(" ", 1) for line in log.read_text().splitlines()]
    return [(call, path[len(f"{root}/") :]) for call, path in lines if path.startswith(str(root))]


def descriptors() -> int:
    """Number of files that this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def open_files(process: int | str = "self") -> list[Path]:
    """The files that a process has open; another thread may close one meanwhile."""
    found = []
    for path in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):
            found.append(path.readlink())
    return found


def nameless() -> int:
    """Number of open chunks that have been replaced or deleted."""
    return sum("c" in file.parts and file.name.endswith(" (deleted)") for file in open_files())


def array_of(root: Path, shape: tuple[int, ...], *, sharded: bool, **options: Any) -> crud.Document:
    """Create an array of one chunk or shard of the given shape, and return its document."""
    layout: dict[str, Any] = {"chunks": shape}
    if sharded:
        layout = {"chunks": (1, *shape[1:]), "shards": shape}
    zarr.create_array(root, shape=shape, dtype="i4", compressors=None, **layout, **options)
    return crud.read_metadata(root)
