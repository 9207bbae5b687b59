"""Fixtures of all tests of backends.

A missing extension is no reason to skip: the tests of "zarrs" then fail, and say how to build it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests import forks, hypothesis_profile
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store

ENGINES = ("reference", "zarrs")

forks.limit()
hypothesis_profile.load()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Any:
    """The name of each backend of this project."""
    return request.param


@pytest.fixture(params=["memory", "local", "async-only"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    """An empty store of each kind that backends handle differently."""
    if request.param == "local":
        return LocalStore(tmp_path / "a root")
    return MemoryStore() if request.param == "memory" else AsyncOnlyStore()
