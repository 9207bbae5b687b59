"""Stores whose library runs threads, in a forked process."""

from __future__ import annotations

from typing import Any

import obstore
import pytest

from zarr.crud import UnsupportedError
from zarr.crud._stores import forks
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LoggingStore, MemoryStore, ObjectStore, WrapperStore


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that has used no library."""
    for name in ("_used", "_lost"):
        monkeypatch.setattr(forks, name, set())


def object_store() -> Any:
    return ObjectStore(obstore.store.MemoryStore())


class OfIcechunk(MemoryStore):
    """A store of a package with its own threads."""

    __module__ = "icechunk.store"


STORES: dict[str, Any] = {
    "bare": object_store,
    "wrapped": lambda: WrapperStore(object_store()),
    "wrapped twice": lambda: LoggingStore(WrapperStore(object_store())),
    "of another library": OfIcechunk,
}


@pytest.mark.parametrize("name", STORES)
def test_a_library_is_refused_after_a_fork_if_it_was_used_before(name: str) -> None:
    """Catches a call that never ends, even with a store that the child creates itself."""
    make, library = STORES[name], "icechunk" if "library" in name else "obstore"
    forks.check_forked(make())
    forks.check_forked(make())
    forks._forget()
    for _ in range(2):
        with pytest.raises(UnsupportedError, match=f"after {library} had started its threads"):
            forks.check_forked(make())


@pytest.mark.parametrize("name", STORES)
def test_a_library_that_was_not_used_before_the_fork_serves(name: str) -> None:
    """Catches a refusal because of another library, or because of any fork."""
    library = "icechunk" if "library" in name else "obstore"
    forks._used.add("a third library")
    forks._forget()
    forks.check_forked(STORES[name]())
    assert forks._used == {library}
    forks._forget()
    assert forks._lost == {"a third library", library}


def test_stores_without_threads_are_never_refused() -> None:
    """Catches a fork that makes stores in memory unusable."""
    for store in (MemoryStore(), AsyncOnlyStore(), LoggingStore(MemoryStore())):
        forks.check_forked(store)
    assert not forks._used
