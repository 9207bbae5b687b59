"""Stores that cannot be changed: they were opened for reading, or have no way to do it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from zarr.crud._errors import ReadOnlyError, store_name
from zarr.crud._stores.abilities import check_deletes, check_puts

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.store import Store

watchers: Final[list[Callable[[Store], None]]] = []
"""Called with each store whose values are about to be changed, whatever the backend."""


def check_writable(store: Store, *, deletes: bool = False, puts: bool = True) -> None:
    """Refuse a store that is read-only or cannot do it, before anything is encoded or deleted.

    Those who keep what they have read of the store are told.
    """
    if store.read_only:
        raise ReadOnlyError(
            f"{store_name(store)} is not changed: the store was opened in read-only mode and does "
            "not support writing; open it for writing"
        )
    if puts:
        check_puts(store)
    if deletes:
        check_deletes(store)
    for watch in watchers:
        watch(store)
