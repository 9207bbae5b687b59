"""Upstream's suite runs with upstream's data types."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import EntryPoint

from fork.upstream_data_types import leave_out
from zarr.core.dtype import DataTypeRegistry, UInt8


def test_only_our_entry_points_are_left_out() -> None:
    """Catches a suite that runs without the data types of other packages, or with ours."""
    registry = DataTypeRegistry()
    for name, value in {
        "bfloat16": "zarr._data_types.real:BFloat16",
        "uint8": "zarr.dtype:UInt8",
    }.items():
        registry._lazy_load_list.append(EntryPoint(name, value, "zarr.data_type"))
    leave_out(registry)
    registry._lazy_load()
    assert registry.contents == {"uint8": UInt8}


COLLECTED = """
import zarr.registry
from fork.upstream_data_types import leave_out_always
from zarr.dtype import data_type_registry

leave_out_always()
zarr.registry._collect_entrypoints()
data_type_registry._lazy_load()
assert "int32" in data_type_registry.contents
assert "bfloat16" not in data_type_registry.contents
"""


def test_they_stay_out_when_entry_points_are_collected_again() -> None:
    """Catches a suite that has ours after one of its tests has looked for entry points."""
    subprocess.run([sys.executable, "-c", COLLECTED], check=True)
