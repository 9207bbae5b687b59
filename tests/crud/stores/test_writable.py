"""Stores that were opened for reading."""

from __future__ import annotations

import pytest

from zarr import crud
from zarr.crud._stores.writable import check_writable
from zarr.storage import MemoryStore


def test_a_store_that_is_only_read_is_refused_by_name() -> None:
    """Catches a change that begins, and an error that does not say what to do."""
    check_writable(MemoryStore())
    with pytest.raises(crud.ReadOnlyError, match=r"memory.*read-only mode.*open it for writing"):
        check_writable(MemoryStore(read_only=True))
