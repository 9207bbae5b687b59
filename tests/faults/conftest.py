"""Fixtures of the tests of faults."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.faults.support import Faults

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Faults]:
    """Starts processes whose system calls fail on command."""
    starter = Faults(tmp_path_factory.mktemp("faults"))
    yield starter
    starter.close()
