"""Asynchronous variants of the functions."""

from __future__ import annotations

import asyncio
import inspect
from typing import Any

import numpy as np
import pytest

from tests.crud.test_document import document_members
from zarr import crud
from zarr.crud.testing import AsyncOnlyStore, assert_same
from zarr.storage import MemoryStore

DOCUMENT = document_members()
VALUES = np.arange(35, dtype="i2").reshape(7, 5)


@pytest.mark.parametrize("store", [MemoryStore(), AsyncOnlyStore()], ids=["sync", "async"])
async def test_async_functions_do_the_same_within_an_event_loop(engine: str, store: Any) -> None:
    """Catches variants that differ in their results, or that block the caller's event loop."""
    await crud.create_async(DOCUMENT, store, path=engine, engine=engine)
    document = await crud.read_metadata_async(store, path=engine)
    await crud.write_region_async(document, store, ..., VALUES, path=engine, engine=engine)
    rows = await asyncio.gather(
        *(crud.read_region_async(document, store, i, path=engine, engine=engine) for i in range(7))
    )
    assert_same(np.stack(rows), VALUES)
    with pytest.raises(crud.UnknownBackendError):
        await crud.read_chunk_async(document, store, (0, 0), engine="none")


def test_every_verb_has_a_twin_of_the_same_signature() -> None:
    """Catches a variant with another name or argument order."""
    verbs = [name for name in crud.__all__ if f"{name}_async" in crud.__all__]
    assert len(verbs) == 20
    for name in verbs:
        plain, twin = getattr(crud, name), getattr(crud, f"{name}_async")
        # One has nothing to await, but something to iterate.
        assert inspect.iscoroutinefunction(twin) or name == "iter_chunks"
        assert twin.__name__ == f"{name}_async"
        parameters = inspect.signature(twin).parameters
        assert [(p.name, p.kind, p.default) for p in parameters.values()] == [
            (p.name, p.kind, p.default) for p in inspect.signature(plain).parameters.values()
        ]
        assert f"`{name}`" in (twin.__doc__ or "")
