"""Stores that were opened for reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud._errors import ReadOnlyError, store_name

if TYPE_CHECKING:
    from zarr.abc.store import Store


def check_writable(store: Store) -> None:
    """Refuse a read-only store before anything is encoded or deleted."""
    if store.read_only:
        raise ReadOnlyError(
            f"{store_name(store)} is not changed: the store was opened in read-only mode and does "
            "not support writing; open it for writing"
        )
