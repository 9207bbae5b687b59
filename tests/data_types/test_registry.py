"""Zarr's registry has the data types, whenever it loads them."""

from __future__ import annotations

import subprocess
import sys

LOOP = """
import numpy as np
from zarr.dtype import data_type_registry

assert "bfloat16" not in data_type_registry.contents
for data_type in data_type_registry.contents.values():
    data_type_registry.match_dtype(np.dtype("i4"))
assert "bfloat16" in data_type_registry.contents
assert "int32" in data_type_registry.contents
"""


def test_a_loop_over_the_registry_may_load_them() -> None:
    """Catches a loop that fails because the dictionary grows meanwhile."""
    subprocess.run([sys.executable, "-c", LOOP], check=True)
