"""The interpreter exits while calls are in progress."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pytest

import zarr
from tests.faults.support import array_of
from tests.patience import HANG
from zarr import crud
from zarr.codecs.numcodecs import Delta
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

# The thread works as long as the process lives; `how` it was started decides who waits for it.
ENDING = """
    import asyncio, sys, threading, time
    import numpy as np
    import zarr
    from zarr import crud
    from zarr.crud.testing import AsyncOnlyStore
    from zarr.storage import LocalStore, MemoryStore
    root, engine, kind, call, how = sys.argv[1:]
    document = crud.read_metadata(root)
    store = {"local": lambda: LocalStore(root), "memory": MemoryStore,
             "async-only": lambda: AsyncOnlyStore()}[kind]()
    crud.write_region(document, store, ..., 1, engine=engine, detached=True)
    started = threading.Event()
    def work():
        number = 1
        while True:
            number += 1
            if call == "read":
                crud.read_region(document, store, engine=engine, detached=True)
            else:
                crud.write_region(document, store, ..., number, engine=engine, detached=True)
            started.set()
    threading.Thread(target=work, daemon=True).start()
    started.wait()
    time.sleep(0.05)
    if how == "exception":
        raise SystemExit(7)
"""


@pytest.mark.parametrize(
    ("kind", "call"),
    [("local", "read"), ("local", "write"), ("memory", "read"), ("async-only", "write")],
)
def test_the_interpreter_ends_well_while_a_thread_reads_or_writes(
    engine: str, kind: str, call: str, tmp_path: Path
) -> None:
    """Catches a thread that returns to a finalized interpreter and aborts or hangs the process."""
    document = array_of(tmp_path, (64, 64), sharded=kind == "local")
    how = "exception" if kind == "memory" else "end"
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ENDING), str(tmp_path), engine, kind, call, how],
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    # Callers of the event loop may get the error that it is closed.
    assert done.stderr == "" or (kind == "async-only" and "Fatal" not in done.stderr)
    assert done.returncode == (7 if how == "exception" else 0)
    if kind == "local":
        assert np.unique(np.asarray(crud.read_region(document, tmp_path))).size == 1


MAKING = """
    import sys, threading, time
    import numcodecs, zarr
    from zarr import crud
    from zarr.storage import MemoryStore
    from zarr.zarrs import cache_clear
    def spin(seconds):
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            pass
    make = numcodecs.Delta.__init__
    def slowly(self, *args, **options):
        spin(0.05)
        make(self, *args, **options)
    numcodecs.Delta.__init__ = slowly
    document = crud.Document(sys.argv[1])
    store, started = MemoryStore(), threading.Event()
    class Late:
        def __del__(self):
            spin(0.3)
    def work():
        while True:
            cache_clear()
            crud.read_region(document, store, (0, 0), engine="zarrs", detached=True)
            started.set()
    threading.Thread(target=work, daemon=True).start()
    started.wait()
    sys.late = Late()
"""


@pytest.mark.filterwarnings("ignore::zarr.errors.ZarrUserWarning")
def test_the_interpreter_ends_well_while_codecs_of_python_are_made() -> None:
    """Catches the same for Python codecs, which are created before anything is read."""
    array = zarr.create_array(
        MemoryStore(), shape=(7, 5), chunks=(3, 2), dtype="i4", filters=[Delta(dtype="i4")]
    )
    document = crud.Document(json.dumps(array.metadata.to_dict()))
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", textwrap.dedent(MAKING), document.text],
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
