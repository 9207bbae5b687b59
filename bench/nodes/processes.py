"""What a process does first: it is measured in a new process each time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import zarr
from bench.nodes.hierarchies import NAMES, Took, filled
from fork.fetch import ROOT, fetch_wheel
from fork.pin import load_pin

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.nodes.hierarchies import Call, Described

CHILD: Final = """
import sys, numpy
from time import perf_counter
before, measured = sys.argv[1:]
exec(before)
began = perf_counter()
exec(measured)
print(perf_counter() - began)
"""

UNWANTED: Final = ("ZARR_", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE")
"""Variables of the environment that would change what is measured; the turns run compiled code."""


@cache
def _stock() -> tempfile.TemporaryDirectory[str]:
    """Return a folder with upstream's wheel; it is removed at the end of the process."""
    folder = tempfile.TemporaryDirectory(prefix="bench-")
    with zipfile.ZipFile(fetch_wheel(load_pin(ROOT / "fork" / "upstream.toml"))) as wheel:
        wheel.extractall(folder.name)
    # Compiled as the other one is.
    subprocess.run([sys.executable, "-m", "compileall", "-q", folder.name], check=True)
    return folder


def _process(before: str, measured: str, *, first_on_path: str = "") -> Call:
    """Return a call that runs Python in a new process, and tells how long a part of it took."""

    def call() -> Took:
        kept = {k: v for k, v in os.environ.items() if not k.startswith(UNWANTED)}
        environment = kept | ({"PYTHONPATH": first_on_path} if first_on_path else {})
        command = [sys.executable, "-P", "-c", CHILD, before, measured]
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        return Took(float(done.stdout))

    return call


def _imports(_: Path) -> Mapping[str, Call]:
    return {
        "zarr": _process("", "import zarr", first_on_path=_stock().name),
        "zarrs": _process("", "import zarr"),
    }


def _first_read(folder: Path) -> Mapping[str, Call]:
    place = str(folder / "array")
    array = zarr.create_array(place, shape=(100, 100), chunks=(10, 10), dtype="f4")
    array[...] = 1
    return {
        engine: _process(
            f"import zarr; array = zarr.open_array({place!r}, mode='r', engine={engine!r})",
            "array[5, 7]",
        )
        for engine in ("zarr", "zarrs")
    }


def _first_members(folder: Path) -> Mapping[str, Call]:
    place = str(folder / "group")
    filled(place, 3, NAMES, consolidated=True, differ=True)
    return {
        engine: _process(
            f"import gc, zarr; zarr.open_array({place + '/v0'!r}, mode='r', engine={engine!r})"
            # A process's first full collection takes as long as the rest: either could meet it.
            "; gc.collect()",
            f"zarr.open_group({place!r}, mode='r', engine={engine!r}).members()",
        )
        for engine in ("zarr", "zarrs")
    }


def _told(_: Any) -> object:
    return None


PROCESSES: Final[tuple[Described, ...]] = (
    ("import zarr, beside upstream's wheel", _imports, _told, {"zarr": 1.03}),
    ("the first read of a process", _first_read, _told, {}),
    ("members of 100 different arrays, the first time", _first_members, _told, {"zarr": 1.0}),
)
"""The rows; see `bench.nodes.rows`."""

FIRST_READ: Final = 0.01
"""Seconds that the first read of a process may take."""
