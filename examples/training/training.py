"""Train a small model from sharded arrays: shuffled batches, read by the workers of a loader.

Makes images of two kinds, of which one has a bright corner, and learns to tell them apart.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from samples import Arrays, Batch, Samples, ShuffledBlocks
from torch.utils.data import DataLoader

import zarr
from zarr.storage import LocalStore

SIDE, SHARD, BATCH = 16, 256, 64


def make_data(folder: Path, count: int) -> LocalStore:
    """Write images of random bytes, and their kinds, in shards of 256 samples."""
    random = np.random.default_rng(0)
    kinds = random.integers(0, 2, count).astype("u1")
    images = random.integers(0, 100, (count, SIDE, SIDE)).astype("u1")
    images[kinds == 1, :4, :4] += 100
    group = zarr.create_group(folder, overwrite=True)
    for name, values in {"images": images, "kinds": kinds}.items():
        chunks, shards = (16, *values.shape[1:]), (SHARD, *values.shape[1:])
        array = group.create_array(
            name, shape=values.shape, dtype=values.dtype, chunks=chunks, shards=shards
        )
        array.with_engine("zarrs")[...] = values
    return LocalStore(folder, read_only=True)


def loaders(arrays: Arrays, workers: int, method: str | None) -> dict[str, DataLoader]:
    """Return a loader of each style. `method` starts the workers: "fork", "spawn", ..."""
    common: dict[str, Any] = {"num_workers": workers, "collate_fn": tensors}
    common["multiprocessing_context"] = method if workers else None
    blocks = ShuffledBlocks(arrays, BATCH, block=SHARD)
    return {
        "map": DataLoader(Samples(arrays), batch_size=BATCH, shuffle=True, **common),
        "blocks": DataLoader(blocks, batch_size=None, **common),
    }


def tensors(batch: Batch) -> list[torch.Tensor]:
    """Return a batch as tensors of the same memory, which workers hand over without a copy."""
    return [torch.from_numpy(samples) for samples in batch]


class Model:
    """Logistic regression in NumPy, so that the example is about the data."""

    def __init__(self) -> None:
        self.weights = np.zeros(SIDE * SIDE + 1)

    def scores(self, images: Any) -> Any:
        """Return the probability of kind 1."""
        inputs = np.asarray(images).reshape(len(images), -1) / 255
        return 1 / (1 + np.exp(-(inputs @ self.weights[1:] + self.weights[0])))

    def learn(self, images: Any, kinds: Any, rate: float = 0.1) -> None:
        """Take one step against the gradient of a batch."""
        inputs = np.asarray(images).reshape(len(images), -1) / 255
        wrong = self.scores(images) - np.asarray(kinds)
        self.weights[1:] -= rate * (wrong @ inputs) / len(inputs)
        self.weights[0] -= rate * wrong.mean()


def main(arguments: list[str] | None = None) -> int:
    """Train with each style of loader; return 0 if both learn to tell the kinds apart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=4096)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--method", choices=["fork", "spawn", "forkserver"], default="spawn")
    parser.add_argument("--epochs", type=int, default=3)
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        store = make_data(Path(folder) / "data.zarr", given.samples)
        arrays = Arrays.opened(store, ["images", "kinds"])
        right = [
            train(name, loader, given.epochs, arrays)
            for name, loader in loaders(arrays, given.workers, given.method).items()
        ]
    return int(min(right) < 0.9)


def train(name: str, loader: DataLoader, epochs: int, arrays: Arrays) -> float:
    """Train a new model; print what came of it, and return the share that it tells right."""
    model, seen, start = Model(), 0, time.perf_counter()
    for epoch in range(epochs):
        if isinstance(loader.dataset, ShuffledBlocks):
            loader.dataset.start_epoch(epoch)
        for images, kinds in loader:
            model.learn(images, kinds)
            seen += len(kinds)
    rate = seen / (time.perf_counter() - start)
    room = arrays.room(len(arrays))
    arrays.read([slice(0, len(arrays))], room)
    right = float(np.mean((model.scores(room[0]) > 0.5) == room[1]))
    print(f"{name}: {seen} samples, {rate:,.0f} a second; {right:.1%} told right")
    return right


if __name__ == "__main__":
    raise SystemExit(main())
