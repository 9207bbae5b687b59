"""The end of the interpreter while calls are under way."""

from __future__ import annotations

import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.faults.support import array_of
from zarr import crud

if TYPE_CHECKING:
    from pathlib import Path

# The thread is at work for as long as the process lives; `how` it was started decides who waits.
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
    crud.write_region(document, store, ..., 1, engine=engine)
    started = threading.Event()
    def work():
        number = 1
        while True:
            number += 1
            if call == "read":
                crud.read_region(document, store, engine=engine)
            else:
                crud.write_region(document, store, ..., number, engine=engine)
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
    """A thread that comes back to an interpreter that is gone aborts the process, or hangs it."""
    document = array_of(tmp_path, (64, 64), sharded=kind == "local")
    how = "exception" if kind == "memory" else "end"
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ENDING), str(tmp_path), engine, kind, call, how],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    # The event loop may tell its callers that it is closed.
    assert done.stderr == "" or (kind == "async-only" and "Fatal" not in done.stderr)
    assert done.returncode == (7 if how == "exception" else 0)
    if kind == "local":
        assert np.unique(np.asarray(crud.read_region(document, tmp_path))).size == 1
