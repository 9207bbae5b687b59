"""What names a store and is none yet, opened as zarr opens it."""

from __future__ import annotations

from typing import Final

from zarr.core.buffer import Buffer
from zarr.crud._arguments import shown
from zarr.crud._stores.event_loop import on_loop
from zarr.storage import StorePath, _common
from zarr.storage._common import make_store_path
from zarr.storage._utils import UPath

# What zarr makes stores of; without fsspec there is no `FSMap`.
_KNOWN: Final = (str, dict, UPath, getattr(_common, "FSMap", None) or dict)


def open_store(store: object) -> StorePath:
    """Return the store that `store` names, or refuse what names none."""
    # Upstream makes a new store in memory of `None`, with which all that is written would go.
    if not isinstance(store, _KNOWN):
        raise TypeError(
            f"store is {shown(store)}; use a zarr store, a path, a URL, a dict or an obstore store"
        )
    if isinstance(store, dict) and store:
        # The first stands for all, which may be many, and are given at every call.
        key, value = next(iter(store.items()))
        if not (isinstance(key, str) and isinstance(value, Buffer)):
            raise TypeError(
                f"store is a dict with {shown(value)} at {shown(key)}; use keys of text, and "
                "values that are buffers of zarr, such as Buffer.from_bytes(b'...')"
            )
    return on_loop(make_store_path(store))
