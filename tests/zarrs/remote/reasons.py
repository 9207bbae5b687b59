"""Why a store is read through Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import _zarrs_bindings as zb
from zarr.zarrs._store import access_of, handle_of

if TYPE_CHECKING:
    from zarr.abc.store import Store


def reason(store: Store) -> str:
    """Return why a store is read through Python, or "natively"."""
    how = access_of(store)
    kind = zb.PythonStore if how.startswith("through Python: ") else zb.RemoteStore
    assert isinstance(handle_of(store), kind)
    return how.removeprefix("through Python: ")
