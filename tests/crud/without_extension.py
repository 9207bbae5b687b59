"""Programs in a process without the compiled extension, as after `pip install .` alone."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Final

MISSING: Final = """
import importlib.util, sys
sys.modules["_zarrs_bindings"] = None
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name == "_zarrs_bindings" else real(name, *a)
"""

BROKEN: Final = """
import sys
class Broken:
    def find_spec(self, name, path=None, target=None):
        if name == "_zarrs_bindings._zarrs_bindings":
            raise ImportError("the library is for another machine")
sys.meta_path.insert(0, Broken())
"""

RECORDS: Final = """
import logging
logging.basicConfig(stream=sys.stdout, format="%(levelname)s %(message)s")
logging.getLogger("zarr.crud").setLevel(logging.DEBUG)
import numpy as np
import zarr.crud
store = zarr.storage.MemoryStore()
with zarr.config.set({"array.engine": "zarr"}):
    made = zarr.create_array(store, data=np.arange(35).reshape(7, 5), chunks=(3, 2))
document = made.metadata
"""


def run(program: str, *, prologue: str = MISSING, **environment: str) -> list[str]:
    """Return the output of a program, including its log records."""
    finished = subprocess.run(
        [sys.executable, "-c", prologue + RECORDS + program],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout.splitlines()
