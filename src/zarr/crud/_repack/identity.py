"""What tells one source of a repack from another, also in a later process."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Final

from zarr.crud._errors import store_name
from zarr.crud._stores.batched_store import without_batch
from zarr.crud._stores.directories import directory_of
from zarr.storage import ZipStore

if TYPE_CHECKING:
    from zarr.crud._stores.location import Location

_ADDRESS: Final = re.compile(r" at 0x[0-9a-fA-F]+")


def identity_of(location: Location) -> list[str]:
    """Return the name of a store, without secrets, and the path of a node in it.

    It is the same in another process, unless the store is in the memory of this one.
    """
    store = without_batch(location.store)
    local = directory_of(store)
    if local is not None:
        return ["", os.path.realpath(local.root / location.path)]
    if isinstance(store, ZipStore) and store.path is not None:
        return [os.path.realpath(store.path), location.path]
    name = store_name(store)
    if "MemoryStore" not in name:
        # Objects without a name of their own show where they are in memory.
        name = _ADDRESS.sub("", name)
    return [name, location.path]
