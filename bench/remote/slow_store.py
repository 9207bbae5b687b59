"""What reads of shards ask of a store with latency: requests, bytes and time against zarr's own.

.venv/bin/python -m bench.remote.slow_store
"""

from __future__ import annotations

import asyncio
import time
import warnings
from statistics import median
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

import zarr
from zarr.abc.store import Store
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

    from zarr.core.buffer import Buffer

LATENCY: Final = 0.02
ROUNDS: Final = 5
SIDE: Final = 256
SUBCHUNK: Final = 32
SHARDS: Final = (64, 128, 256)


def selections(side: int) -> dict[str, Any]:
    """What is read of a cube, by name."""
    low, high, step = 25 * side // 64, 35 * side // 64, 5 * side // 32
    return {
        "element": (5, 5, 5),
        f"crop of {high - low} per axis": (slice(low, high),) * 3,
        "plane": 7,
        f"every {step}th per axis": (slice(0, None, step),) * 3,
        "all": ...,
    }


class Slow(Store):
    """A store with asynchronous methods that answers after a while, and counts chunks only."""

    supports_writes = supports_deletes = supports_listing = False

    def __init__(self, inner: MemoryStore) -> None:
        super().__init__(read_only=True)
        self.inner = inner
        self.requests = self.bytes = 0

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = Store.__hash__

    async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Buffer | None:
        """Return a value or a part of it."""
        found = await self.inner.get(key, prototype, byte_range)
        if not key.endswith("zarr.json"):
            await asyncio.sleep(LATENCY)
            self.requests += 1
            self.bytes += 0 if found is None else len(found)
        return found

    async def get_partial_values(
        self, prototype: Any, key_ranges: Iterable[tuple[str, Any]]
    ) -> list[Buffer | None]:
        """Return several values or parts of them."""
        return [await self.get(key, prototype, byte_range) for key, byte_range in key_ranges]

    async def exists(self, key: str) -> bool:
        """Return whether there is a value."""
        return await self.inner.exists(key)

    async def set(self, key: str, value: Buffer) -> None:
        """Refuse to write."""
        raise NotImplementedError

    async def delete(self, key: str) -> None:
        """Refuse to delete."""
        raise NotImplementedError

    def list(self) -> AsyncIterator[str]:
        """Yield all keys."""
        return self.inner.list()

    def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys below a prefix."""
        return self.inner.list_prefix(prefix)

    def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """Yield the names in a folder."""
        return self.inner.list_dir(prefix)


class Cost(NamedTuple):
    """What one read takes."""

    requests: int
    bytes: int
    seconds: float


READERS: Final[dict[str, tuple[str, dict[str, Any]]]] = {
    "zarr": ("zarr", {}),
    "reference": ("reference", {}),
    "zarrs": ("zarrs", {}),
    "reference, immutable": ("reference", {"immutable_store": True}),
    "zarrs, immutable": ("zarrs", {"immutable_store": True}),
}


def values(side: int) -> np.ndarray[Any, Any]:
    """Noise, which no compressor makes smaller."""
    return np.random.default_rng(0).integers(0, 255, (side,) * 3).astype("u1")


def costs_of(data: np.ndarray[Any, Any], shard: int, subchunk: int) -> dict[str, dict[str, Cost]]:
    """Return the costs by selection and reader; the readers take turns."""
    inner = MemoryStore()
    zarr.create_array(inner, data=data, chunks=(subchunk,) * 3, shards=(shard,) * 3)
    arrays, stores = dict[str, Any](), dict[str, Slow]()
    for name, (engine, options) in READERS.items():
        stores[name] = Slow(inner)
        config: Any = {"engine_options": options} if options else None
        arrays[name] = zarr.open_array(stores[name], mode="r", engine=engine, config=config)
    wanted = selections(len(data)).items()
    return {how: costs(arrays, stores, data, where) for how, where in wanted}


def costs(
    arrays: dict[str, Any], stores: dict[str, Slow], data: np.ndarray[Any, Any], where: Any
) -> dict[str, Cost]:
    """Return the costs of reading a selection, by reader."""
    times: dict[str, list[float]] = {name: [] for name in arrays}
    found = dict[str, Cost]()
    for _ in range(ROUNDS):
        for name, array in arrays.items():
            store = stores[name]
            store.requests = store.bytes = 0
            start = time.perf_counter()
            result = array[where]
            times[name].append(time.perf_counter() - start)
            if not np.array_equal(result, data[where]):
                raise RuntimeError(f"{name} read other elements")
            found[name] = Cost(store.requests, store.bytes, median(times[name]))
    return found


def row_of(how: str, found: dict[str, Cost]) -> str:
    """Return a row of the table: zarr's costs, then the ratios of the others to these."""
    theirs = found["zarr"]
    cells = [f"{theirs.requests} / {theirs.bytes / 1e6:.2f} MB / {theirs.seconds * 1e3:.0f} ms"]
    for name, ours in found.items():
        if name != "zarr":
            pairs = zip(ours, theirs, strict=True)
            cells.append(" / ".join(f"{mine / its:.2f}" for mine, its in pairs))
    return f"| {how} | {' | '.join(cells)} |"


def main() -> None:
    """Print a table for each size of shards."""
    warnings.simplefilter("ignore")
    data = values(SIDE)
    for shard in SHARDS:
        print(f"\n{(shard**3) / 1e6:.1f} MB a shard: requests / bytes / time, ratios to zarr\n")
        print(f"| {LATENCY * 1e3:.0f} ms a request | {' | '.join(READERS)} |")
        print("|---|" + "--:|" * len(READERS))
        for how, found in costs_of(data, shard, SUBCHUNK).items():
            print(row_of(how, found))


if __name__ == "__main__":
    main()
