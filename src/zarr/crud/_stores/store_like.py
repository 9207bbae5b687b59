"""Arguments that name a store without being one, opened as zarr opens them."""

from __future__ import annotations

from typing import Any, Final

from zarr.core.buffer import Buffer
from zarr.crud._arguments import shown
from zarr.crud._stores.event_loop import on_loop
from zarr.storage import StorePath, _common
from zarr.storage._common import make_store_path
from zarr.storage._utils import UPath

# The types from which zarr makes stores; without fsspec there is no `FSMap`.
_KNOWN: Final = (str, dict, UPath, getattr(_common, "FSMap", None) or dict)


def open_store(store: object, storage_options: dict[str, Any] | None = None) -> StorePath:
    """Return a new store that `store` names, a URL with these options; refuse anything else."""
    # For `None`, upstream makes a new memory store, so everything written to it would be lost.
    if not isinstance(store, _KNOWN):
        raise TypeError(
            f"store is {shown(store)}; use a zarr store, a path, a URL, a dict or an obstore store"
        )
    if isinstance(store, dict) and store:
        # Check only the first entry: a dict may be large, and is passed to every call.
        key, value = next(iter(store.items()))
        if not (isinstance(key, str) and isinstance(value, Buffer)):
            raise TypeError(
                f"store is a dict with {shown(value)} at {shown(key)}; use keys of text, and "
                "values that are buffers of zarr, such as Buffer.from_bytes(b'...')"
            )
    return on_loop(make_store_path(store, storage_options=storage_options))
