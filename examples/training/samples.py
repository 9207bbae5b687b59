"""Data sets of PyTorch over sharded arrays of samples: one by number, or by shuffled blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch.utils.data import Dataset, IterableDataset, get_worker_info

from zarr import crud

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

type Batch = list[npt.NDArray[Any]]
"""For each array the samples of a batch, along the first axis."""


class Arrays(NamedTuple):
    """Arrays in one store that have the samples along their first axis; pickles as plain data."""

    store: Any
    documents: tuple[crud.Document, ...]
    engine: str

    @classmethod
    def opened(cls, store: Any, paths: Sequence[str], engine: str = "zarrs") -> Arrays:
        """Read the documents of the arrays, once for all processes."""
        return cls(store, tuple(crud.read_metadata(store, path=path) for path in paths), engine)

    def __len__(self) -> int:
        return int(self.documents[0].shape[0])

    def room(self, count: int, *, pinned: bool = False) -> Batch:
        """Return memory for so many samples of each array.

        Pinned memory can be copied to a GPU while the program goes on.
        """
        room = [np.empty((count, *one.shape[1:]), one.dtype) for one in self.documents]
        return [torch.from_numpy(one).pin_memory().numpy() for one in room] if pinned else room

    def read(self, parts: Sequence[slice], room: Batch) -> None:
        """Read parts of all arrays into the room, one after the other, in one call."""
        requests, out, at = [], [], 0
        for part in parts:
            end = at + part.stop - part.start
            for document, memory in zip(self.documents, room, strict=True):
                requests.append(crud.Request(document, self.store, part))
                out.append(memory[at:end])
            at = end
        crud.read_regions(requests, out=out, engine=self.engine)


class Samples(Dataset):
    """Samples by number. A loader asks for all of a batch at once."""

    def __init__(self, arrays: Arrays) -> None:
        self._arrays = arrays

    def __len__(self) -> int:
        return len(self._arrays)

    def __getitem__(self, number: int) -> Batch:
        return [samples[0] for samples in self.__getitems__([number])]

    def __getitems__(self, numbers: Sequence[int]) -> Batch:
        """Return the samples with these numbers; each chunk that they share is decoded once."""
        room = self._arrays.room(len(numbers))
        self._arrays.read([slice(number, number + 1) for number in numbers], room)
        return room


class ShuffledBlocks(IterableDataset):
    """Batches of samples in random order, read as whole blocks.

    The order of the blocks is random, and so is the order of the samples in each group of `mixed`
    blocks, which are in memory together. If a block is as long as a shard, or a chunk, each is
    read once in an epoch. The workers of a loader share the blocks.
    """

    def __init__(
        self, arrays: Arrays, batch: int, *, block: int, mixed: int = 8, seed: int = 0
    ) -> None:
        self._arrays, self._batch = arrays, batch
        self._block, self._mixed, self._seed = block, mixed, seed
        self._epoch = 0

    def start_epoch(self, epoch: int) -> None:
        """Choose the order of an epoch; call this before a loader starts its workers."""
        self._epoch = epoch

    def __iter__(self) -> Iterator[Batch]:
        worker = get_worker_info()
        first, step = (0, 1) if worker is None else (worker.id, worker.num_workers)
        # The same order of blocks in all workers.
        order = np.random.default_rng((self._seed, self._epoch))
        starts = order.permutation(np.arange(0, len(self._arrays), self._block))[first::step]
        within = np.random.default_rng((self._seed, self._epoch, first))
        room = self._arrays.room(self._block * self._mixed)
        left = [memory[:0] for memory in room]
        for at in range(0, len(starts), self._mixed):
            parts = [self._part(int(start)) for start in starts[at : at + self._mixed]]
            count = sum(part.stop - part.start for part in parts)
            self._arrays.read(parts, [memory[:count] for memory in room])
            mixed = within.permutation(count)
            # A copy, because the room is used again.
            taken = [memory[mixed] for memory in room]
            left = [np.concatenate(pair) for pair in zip(left, taken, strict=True)]
            while len(left[0]) >= self._batch:
                yield [samples[: self._batch] for samples in left]
                left = [samples[self._batch :] for samples in left]
        if len(left[0]):
            yield left

    def _part(self, start: int) -> slice:
        return slice(start, min(start + self._block, len(self._arrays)))
