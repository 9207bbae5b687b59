"""The peak is that of the read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from bench.remote import peak as module
from bench.remote.cells import EVERYTHING, Cell
from bench.remote.layouts import Layout
from bench.remote.peak import peaks
from bench.remote.peers import Ours, Zarr
from bench.remote.timing import Arrays

if TYPE_CHECKING:
    from tests.bench.remote.cases import Counting

LARGE = Cell("whole", "read", Layout((2048, 1024), (256, 1024), "raw"), EVERYTHING, 1)


@pytest.mark.slow
def test_a_read_takes_its_result_and_not_the_interpreter(server: Counting) -> None:
    """Catches a peak that is that of the imports, and a result that is not counted."""
    found = peaks(Arrays(server).place(LARGE), (Zarr, Ours))
    assert list(found) == ["zarr", "ours"]
    for name, taken in found.items():
        assert 8 << 20 <= taken < 64 << 20, name


def test_there_is_none_without_linux(
    server: Counting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a benchmark that fails where memory cannot be measured."""
    monkeypatch.setattr(module, "PROCESS", tmp_path)
    assert peaks(Arrays(server).place(LARGE), (Zarr,)) == {}
