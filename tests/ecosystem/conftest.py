"""Programs without knowledge of engines, run with the configured engine and compared with the
native path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
import zarr.zarrs
from tests.engine.backends import Recording

if TYPE_CHECKING:
    from collections.abc import Iterator

VERBS = ("read_region", "write_region")


class Watched:
    """The configured engine, and how much of the work it has done."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.backend = Recording() if name == "recording" else None
        self.forget()

    def forget(self) -> None:
        """Count from here."""
        self._before = self._counts()

    def assert_served(self, *verbs: str) -> None:
        """Fail unless the engine did some of each. The reference and `"auto"` keep no count."""
        now = self._counts()
        assert all(now[verb] > self._before[verb] for verb in verbs if verb in now)

    def _counts(self) -> dict[str, int]:
        if self.backend is not None:
            return {verb: self.backend.verbs.count(verb) for verb in VERBS}
        counters = zarr.zarrs.counters() if self.name == "zarrs" else {}
        return {verb: number for verb, number in counters.items() if verb in VERBS}


@pytest.fixture(params=["reference", "zarrs", "auto", "recording"])
def watched(request: pytest.FixtureRequest) -> Iterator[Watched]:
    """The engine of everything in the test."""
    found = Watched(request.param)
    with zarr.config.set({"array.engine": found.backend or found.name}):
        yield found


def assert_same_as_native(array: zarr.Array[Any]) -> None:
    """The array's own engine and the native path read the same."""
    found, native = np.asarray(array[...]), np.asarray(array.with_engine("zarr")[...])
    assert found.dtype == native.dtype
    np.testing.assert_array_equal(found, native)
