"""Options that a store cannot follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud._errors import store_name
from zarr.crud._stores import file_locks
from zarr.crud._stores.conditions import refused_conditions
from zarr.crud._stores.directories import directory_of
from zarr.crud.backends.contract import WRITES

if TYPE_CHECKING:
    from zarr.abc.store import Store
    from zarr.crud._options import Options
    from zarr.crud.backends.contract import Operation


def refused_option(store: Store, operation: Operation, options: Options) -> str | None:
    """Return why a store cannot follow `options` in an operation; `None` if it can."""
    if operation not in WRITES:
        return None
    if options.durability == "fsync" and directory_of(store) is None:
        return _local("durability='fsync'", store, "replace")
    if options.locking == "processes" and directory_of(store) is None:
        return _local("locking='processes'", store, "auto")
    if options.locking == "processes" and not file_locks.HAS_LOCKS:
        return "locking='processes' needs flock, which this system does not have; use 'auto'"
    if options.locking == "conditional":
        return refused_conditions(store)
    return None


def _local(option: str, store: Store, other: str) -> str:
    return f"{option} needs a LocalStore, and {store_name(store)} is not one; use {other!r}"
