"""Fixtures of the tests of faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import zarr
from tests.faults.support import Faults

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    """Starts processes whose system calls fail on command."""
    starter = Faults(tmp_path_factory.mktemp("faults"))
    yield starter
    starter.close()


@pytest.fixture
def few_requests() -> Iterator[None]:
    """Fewer requests at a time than a test makes, whatever the kind of store."""
    with zarr.config.set({"array.requests_in_flight": zarr.config.get("async.concurrency")}):
        yield
