"""A pytest plugin for upstream's suite: zarr's registry has only upstream's data types.

A file of the suite goes through all registered data types, and adds those of entry points to the
registry meanwhile, which Python refuses; it also expects names in format 2. Both hold on plain
upstream, too, as soon as another package has such an entry point.
"""

from __future__ import annotations

from typing import Any

from zarr import registry as registries
from zarr.dtype import data_type_registry

__all__ = ["leave_out", "leave_out_always"]

OURS = "zarr._data_types."


def leave_out(registry: Any) -> None:
    """Make a registry forget our entry points, which it has not loaded yet."""
    waiting = registry._lazy_load_list
    waiting[:] = [entry for entry in waiting if not entry.value.startswith(OURS)]


def leave_out_always() -> None:
    """Leave them out now, and whenever a test collects entry points anew."""
    collect = registries._collect_entrypoints

    def collected() -> Any:
        found = collect()
        leave_out(data_type_registry)
        return found

    registries._collect_entrypoints = collected
    leave_out(data_type_registry)


def pytest_load_initial_conftests() -> None:
    """Do so before the first file of the suite is imported; also in each worker."""
    leave_out_always()
