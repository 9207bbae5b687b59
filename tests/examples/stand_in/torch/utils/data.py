"""Data sets, and a loader with processes, with the rules of `torch.utils.data`."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

_worker: WorkerInfo | None = None


class WorkerInfo(NamedTuple):
    """Which worker a process is."""

    id: int
    num_workers: int


def get_worker_info() -> WorkerInfo | None:
    """Return which worker this process is, or `None` in the main process."""
    return _worker


class Dataset:
    """Samples by number."""


class IterableDataset(Dataset):
    """Samples or batches in an order of their own."""


class DataLoader:
    """Batches of a data set, made by this process or by workers."""

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool = False,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] = list,
        multiprocessing_context: str | None = None,
    ) -> None:
        self.dataset, self._batch, self._shuffle = dataset, batch_size, shuffle
        self._workers, self._collate = num_workers, collate_fn
        self._context: Any = multiprocessing.get_context(multiprocessing_context)

    def __iter__(self) -> Iterator[Any]:
        asked: list[Any] = [None] * max(self._workers, 1)
        if not isinstance(self.dataset, IterableDataset):
            numbers = np.arange(len(self.dataset))
            if self._shuffle:
                numbers = np.random.default_rng().permutation(numbers)
            size = self._batch or 1
            batches = [numbers[at : at + size].tolist() for at in range(0, len(numbers), size)]
            asked = [batches[n :: len(asked)] for n in range(len(asked))]
        if not self._workers:
            yield from map(self._collate, _batches(self.dataset, asked[0]))
            return
        queues = [self._context.Queue(2) for _ in asked]
        processes = [
            self._context.Process(
                target=_work,
                args=(WorkerInfo(n, len(asked)), self.dataset, some, self._collate, queues[n]),
                daemon=True,
            )
            for n, some in enumerate(asked)
        ]
        for process in processes:
            process.start()
        open_queues = list(queues)
        while open_queues:
            for queue in list(open_queues):
                kind, value = queue.get(timeout=120)
                if kind == "batch":
                    yield value
                elif kind == "error":
                    raise value
                else:
                    open_queues.remove(queue)
        for process in processes:
            process.join()


def _batches(dataset: Any, asked: Any) -> Iterator[Any]:
    if asked is None:
        return iter(dataset)
    return (dataset.__getitems__(numbers) for numbers in asked)


def _work(info: WorkerInfo, dataset: Any, asked: Any, collate: Any, queue: Any) -> None:
    global _worker
    _worker = info
    try:
        for batch in _batches(dataset, asked):
            queue.put(("batch", collate(batch)))
        queue.put(("end", None))
    except Exception as error:  # noqa: BLE001  # it is raised by the process that reads
        queue.put(("error", error))
