"""A store whose reads wait until a test lets them through."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from tests.crud.test_document import document_members
from tests.patience import HANG
from zarr import crud
from zarr.storage import MemoryStore


class Gated(MemoryStore):
    """A store that answers reads of chunks when they are let through."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.is_open = threading.Event()

    def get_sync(self, key: str, **options: Any) -> Any:
        if key.startswith("c/"):
            self.asked.append(key)
            if not key.endswith("0/0"):
                assert self.is_open.wait(HANG)
        return super().get_sync(key, **options)


def gated() -> Gated:
    """The plain array, in a store of which only the first chunk is read at once."""
    values = np.arange(35, dtype="i2").reshape(7, 5)
    store = Gated()
    store.is_open.set()
    crud.write_region(document_members(), store, ..., values, engine="reference", detached=True)
    store.is_open.clear()
    store.asked.clear()
    return store
