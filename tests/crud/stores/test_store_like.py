"""Arguments that name a store, but are not stores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from zarr.core.buffer.cpu import Buffer
from zarr.crud._stores.store_like import open_store
from zarr.storage import FsspecStore, MemoryStore


def test_a_dict_is_the_memory_of_the_store() -> None:
    """Catches a copy of the dict, in which written values would be lost."""
    held: dict[str, Any] = {}
    for _ in range(2):
        store = open_store(held).store
        assert isinstance(store, MemoryStore)
        assert store._store_dict is held
        held["zarr.json"] = Buffer.from_bytes(b"{}")


def test_a_url_names_a_store_and_a_path() -> None:
    """Catches a path of the URL that is dropped."""
    found = open_store("memory://bucket/a/b")
    assert isinstance(found.store, FsspecStore)
    assert f"{found.store.path}/{found.path}".strip("/") == "bucket/a/b"


@pytest.mark.parametrize("given", [None, 5, b"a", [], np.zeros(3), object()])
def test_other_arguments_are_refused(given: Any) -> None:
    """Catches a `None` for which zarr makes a new memory store, where everything is lost."""
    with pytest.raises(TypeError, match=r"store is .*; use a zarr store, a path, a URL, a dict"):
        open_store(given)


@pytest.mark.parametrize("given", [{"a": b"x"}, {"a": 5}, {5: Buffer.from_bytes(b"x")}])
def test_a_dict_holds_buffers_by_text(given: Any) -> None:
    """Catches an attribute error in the middle of the first read."""
    with pytest.raises(TypeError, match=r"store is a dict with .* at "):
        open_store(given)
