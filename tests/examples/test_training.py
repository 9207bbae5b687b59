"""The example of training, with PyTorch where it is installed, else with a stand-in for it."""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "examples/training"
STAND_IN = Path(__file__).parent / "stand_in"
HAS_TORCH = importlib.util.find_spec("torch") is not None
PATHS = [str(FOLDER)] if HAS_TORCH else [str(FOLDER), str(STAND_IN)]
COUNT = 1000


@pytest.fixture
def training() -> Iterator[Any]:
    """The example's main module, imported as a script imports its siblings."""
    sys.path[:0] = PATHS
    yield importlib.import_module("training")
    del sys.path[: len(PATHS)]
    for name in list(sys.modules):
        if name in ("training", "samples") or (name.split(".")[0] == "torch" and not HAS_TORCH):
            sys.modules.pop(name)


@pytest.fixture
def arrays(training: Any, tmp_path: Path) -> Any:
    """Numbered samples in shards of 256, of which the last is short."""
    store = training.make_data(tmp_path, COUNT)
    return training.Arrays.opened(store, ["images", "kinds"])


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_the_example_learns(method: str) -> None:
    """Catches a data set that does not survive the way to a worker, and mixed-up samples."""
    command = [sys.executable, str(FOLDER / "training.py"), "--method", method]
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(PATHS + given)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["map", "blocks"]
    assert "12288 samples" in done.stdout


def test_each_sample_comes_once_in_an_epoch(training: Any, arrays: Any) -> None:
    """Catches samples that are lost, repeated, or belong to another label."""
    images, kinds = whole = arrays.room(COUNT)
    arrays.read([slice(0, COUNT)], whole)
    expected = sorted(
        (image.tobytes(), int(kind)) for image, kind in zip(images, kinds, strict=True)
    )
    for mixed in (1, 3, 8):
        blocks = training.ShuffledBlocks(arrays, 48, block=256, mixed=mixed)
        batches = [[samples.copy() for samples in batch] for batch in blocks]
        assert [len(batch[1]) for batch in batches] == [48] * 20 + [40]
        found = [
            (image.tobytes(), int(kind))
            for batch in batches
            for image, kind in zip(*batch, strict=True)
        ]
        assert sorted(found) == expected
        assert found != [(image.tobytes(), int(k)) for image, k in zip(images, kinds, strict=True)]


def test_a_batch_stays_as_it_is_when_the_next_is_read(training: Any, arrays: Any) -> None:
    """Catches a batch in memory that is used again."""
    kept, copies = [], []
    for batch in training.ShuffledBlocks(arrays, 48, block=256, mixed=2):
        kept.append(batch)
        copies.append([samples.copy() for samples in batch])
    for batch, copy in zip(kept, copies, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(batch, copy, strict=True))


def test_epochs_differ_and_can_be_repeated(training: Any, arrays: Any) -> None:
    """Catches an order that is the same in each epoch, or in no two runs."""
    blocks = training.ShuffledBlocks(arrays, 64, block=256)
    first, again = (np.concatenate([b[0] for b in blocks]) for _ in range(2))
    blocks.start_epoch(1)
    other = np.concatenate([batch[0] for batch in blocks])
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_samples_by_number_are_those_of_the_arrays(training: Any, arrays: Any) -> None:
    """Catches a batch in another order than it was asked for."""
    whole = arrays.room(COUNT)
    arrays.read([slice(0, COUNT)], whole)
    samples = training.Samples(arrays)
    numbers = [999, 0, 256, 255, 0]
    for found, values in zip(samples.__getitems__(numbers), whole, strict=True):
        assert np.array_equal(found, values[numbers])
    assert np.array_equal(samples[7][0], whole[0][7])
    assert len(samples) == COUNT
