"""Batches of several processes that write to one chunk."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.faults.support import Faults, array_of
from zarr import crud

if TYPE_CHECKING:
    from pathlib import Path

BESIDE = """
    with crud.batched_writes(root, engine=engine) as batch:
        for at in range(number, 400, 4):
            crud.write_region(document, batch, (at // 20, at % 20), at + 1)
            if at % 60 == number:
                batch.flush()
"""


@pytest.mark.parametrize("engine", ["reference", "zarrs"])
@pytest.mark.parametrize("sharded", [False, True])
def test_processes_keep_each_others_elements(
    engine: str, sharded: bool, tmp_path: Path, faults: Faults
) -> None:
    """Catches a chunk that is replaced without the elements that others wrote meanwhile."""
    root = tmp_path / "root"
    document = array_of(root, (20, 20), sharded=sharded)
    with ExitStack() as stack:
        started = [
            stack.enter_context(faults.started(BESIDE, root, engine, number=number))
            for number in range(4)
        ]
        for process in started:
            process.finish()
    found = crud.read_region(document, root, engine="reference")
    assert np.array_equal(found, np.arange(1, 401).reshape(20, 20))
