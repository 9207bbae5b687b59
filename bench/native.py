"""What the seams cost an array without an engine, compared with the wheel without seams.

Each side is a separate process; one has upstream's pinned wheel first on its path. They take turns,
call by call, and the best times of several such pairs are compared, because the place of a process
in memory also makes a difference. The event loop, the chunks and the indexers are left out: they
are the same on both sides, and take a hundred times as long as the difference to be measured.
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

PAIRS = 5

CHILD = """
REPEATS = 100
import gc, json, sys
from time import thread_time
import numpy as np
import zarr, zarr.core.array as core
from zarr.storage import MemoryStore

class Indexer:
    shape = sel_shape = (0,)
    def __init__(self, *_, **__): pass

async def nothing(*_, **__): pass

array = zarr.create_array(MemoryStore(), shape=(70, 50), chunks=(3, 2), dtype="i2")
for dialect in ("Basic", "Orthogonal", "Coordinate", "Mask", "Block"):
    setattr(core, f"{dialect}Indexer", Indexer)
core._getitem = core._get_selection = core._set_selection = nothing
core.default_buffer_prototype = lambda: None
core.sync = lambda coroutine: coroutine.close()

def run(coroutine):
    try: coroutine.send(None)
    except StopIteration: pass

mask = np.ones((70, 50), bool)
lists, box, inner = ([1, 5, 3], [0, 2, 4]), (slice(2, 5), slice(3, 9)), array._async_array
calls = {
    "arr[...]": lambda: array[...],
    "arr[0, 0]": lambda: array[0, 0],
    "arr[2:5, 3:9]": lambda: array[box],
    "arr[mask]": lambda: array[mask],
    "arr.oindex[list, list]": lambda: array.oindex[lists],
    "arr.vindex[list, list]": lambda: array.vindex[lists],
    "arr.blocks[1, 2]": lambda: array.blocks[1, 2],
    "arr.get_mask_selection(mask)": lambda: array.get_mask_selection(mask),
    "arr[2:5, 3:9] = 7": lambda: array.__setitem__(box, 7),
    "arr.oindex[list, list] = 7": lambda: array.oindex.__setitem__(lists, 7),
    "arr.vindex[list, list] = 7": lambda: array.vindex.__setitem__(lists, 7),
    "arr.set_mask_selection(mask, 7)": lambda: array.set_mask_selection(mask, 7),
    "async: getitem(box)": lambda: run(inner.getitem(box)),
    "async: get_orthogonal_selection(lists)": lambda: run(inner.get_orthogonal_selection(lists)),
    "async: setitem(box, 7)": lambda: run(inner.setitem(box, 7)),
}
print(json.dumps([hasattr(zarr, "list_engines"), list(calls)]), flush=True)
gc.disable()
for line in sys.stdin:
    call = calls[json.loads(line)]
    began = thread_time()
    for _ in range(REPEATS):
        call()
    print((thread_time() - began) / REPEATS, flush=True)
"""


def native_seconds(rounds: int) -> dict[str, float]:
    """Return, by call, how much longer it takes here than in upstream, by the best times."""
    pin = load_pin(ROOT / "fork" / "upstream.toml")
    best: dict[str, tuple[float, float]] = {}
    with tempfile.TemporaryDirectory(prefix="upstream-") as folder:
        with zipfile.ZipFile(fetch_wheel(pin)) as wheel:
            wheel.extractall(folder)
        for _ in range(PAIRS):
            for name, (here, there) in _pair_seconds(Path(folder), 5 * rounds).items():
                known = best.get(name, (here, there))
                best[name] = (min(here, known[0]), min(there, known[1]))
    return {name: here - there for name, (here, there) in best.items()}


def _pair_seconds(upstream: Path, rounds: int) -> dict[str, tuple[float, float]]:
    """Return, by call, the best times of a process here and of one with upstream."""
    with ExitStack() as stack:
        theirs = stack.enter_context(_child(upstream))
        ours = stack.enter_context(_child(None))
        names = _hello(ours, engines=True)
        if names != _hello(theirs, engines=False):
            raise RuntimeError("the two sides measure different calls")
        taken: dict[str, tuple[list[float], list[float]]] = {name: ([], []) for name in names}
        for number in range(rounds):
            for name in names:
                # The caches are different for the first side and the second.
                sides = ((ours, 0), (theirs, 1))
                for side, at in sides if number % 2 else sides[::-1]:
                    taken[name][at].append(_ask(side, name))
        for side in (ours, theirs):
            _pipe(side.stdin).close()
    return {name: (min(here), min(there)) for name, (here, there) in taken.items()}


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
    """Return the names of the calls, after a check that the process has the right zarr."""
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
