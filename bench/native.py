"""What the seams cost an array without an engine, against the wheel without seams.

Each side is a process of its own; one has the pinned wheel of upstream first on its path. They take
turns, call by call, and their best times are compared. The chunks themselves are not read: what the
event loop does is the same, and a hundred times as long as the difference that is looked for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import zipfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any

from fork.fetch import ROOT, fetch_wheel
from fork.pin import load_pin

CHILD = """
import json, sys
from time import thread_time
import zarr, zarr.core.array
from zarr.storage import MemoryStore

array = zarr.create_array(MemoryStore(), shape=(70, 50), chunks=(3, 2), dtype="i2")
zarr.core.array.sync = lambda coroutine: coroutine.close()
calls = {
    "arr[...]": lambda: array[...],
    "arr[0, 0]": lambda: array[0, 0],
    "arr[2:5, 3:9]": lambda: array[2:5, 3:9],
    "arr.oindex[lists]": lambda: array.oindex[[1, 5, 3], [0, 2, 4]],
    "arr.vindex[lists]": lambda: array.vindex[[1, 5, 3], [0, 2, 4]],
    "arr[2:5, 3:9] = 7": lambda: array.__setitem__((slice(2, 5), slice(3, 9)), 7),
}
print(json.dumps([hasattr(zarr, "list_engines"), list(calls)]), flush=True)
for line in sys.stdin:
    call = calls[json.loads(line)]
    began = thread_time()
    for _ in range(300):
        call()
    print((thread_time() - began) / 300, flush=True)
"""


def native_seconds(rounds: int) -> dict[str, float]:
    """Return, by call, how much longer it takes here than in upstream, at best."""
    pin = load_pin(ROOT / "fork" / "upstream.toml")
    with tempfile.TemporaryDirectory(prefix="upstream-") as folder, ExitStack() as stack:
        with zipfile.ZipFile(fetch_wheel(pin)) as wheel:
            wheel.extractall(folder)
        theirs = stack.enter_context(_child(Path(folder)))
        ours = stack.enter_context(_child(None))
        names = _hello(ours, engines=True)
        if names != _hello(theirs, engines=False):
            raise RuntimeError("the two sides measure different calls")
        taken: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in names}
        for number in range(5 * rounds):
            for name in names:
                # Whoever is first finds other caches than the second.
                sides = ((ours, 0), (theirs, 1))
                for side, at in sides if number % 2 else sides[::-1]:
                    taken[name][at].append(_ask(side, name))
        for side in (ours, theirs):
            _pipe(side.stdin).close()
    return {name: min(here) - min(there) for name, (here, there) in taken.items()}


def _child(before: Path | None) -> subprocess.Popen[str]:
    # -I would leave out PYTHONPATH; -P leaves out the working directory.
    path = {} if before is None else {"PYTHONPATH": str(before)}
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("ZARR_", "PYTHONPATH"))}
    return subprocess.Popen(
        [sys.executable, "-P", "-c", CHILD],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment | path,
        text=True,
    )


def _hello(side: subprocess.Popen[str], *, engines: bool) -> list[str]:
    """Return the names of the calls, from the zarr that is meant."""
    has_engines, names = json.loads(_pipe(side.stdout).readline())
    if has_engines != engines:
        raise RuntimeError("one side has imported the zarr of the other")
    found: list[str] = names
    return found


def _ask(side: subprocess.Popen[str], name: str) -> float:
    questions = _pipe(side.stdin)
    questions.write(json.dumps(name) + "\n")
    questions.flush()
    return float(_pipe(side.stdout).readline())


def _pipe(stream: IO[str] | None) -> Any:
    if stream is None:
        raise RuntimeError("the process has no pipe")
    return stream
