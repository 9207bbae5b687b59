"""The effects of options on arrays: the same as on functions."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import zarr
from tests.engine.backends import Recording
from tests.engine.test_engine_options import VALUES, array
from zarr import crud
from zarr.codecs import BytesCodec, Crc32cCodec
from zarr.errors import ChunkNotFoundError
from zarr.storage import LocalStore, MemoryStore

BOTH = pytest.mark.parametrize("engine", ["reference", "zarrs"])
WAYS = pytest.mark.parametrize("way", ["configured", "given"])


class Opened:
    """An array in a store, with an option that is configured or given."""

    def __init__(self, store: Any, engine: str, way: str, **options: Any) -> None:
        given: Any = {"engine_options": options} if way == "given" else None
        self.settings = {} if given else {"array.engine_options": options}
        self.array: Any = zarr.open_array(store, engine=engine, config=given)

    def read(self) -> Any:
        with zarr.config.set(self.settings):
            return self.array[...]

    def write(self, selection: Any, value: Any) -> None:
        with zarr.config.set(self.settings):
            self.array[selection] = value


@BOTH
@WAYS
@pytest.mark.parametrize("zarr_format", [2, 3])
@pytest.mark.parametrize("shards", [None, (6, 4)])
def test_missing_chunks_are_errors_and_empty_ones_are_stored(
    engine: str, way: str, zarr_format: Any, shards: Any
) -> None:
    """Catches options of arrays without effect."""
    if shards and zarr_format == 2:
        return
    store = MemoryStore()
    zarr.create_array(
        store, shape=(7, 5), chunks=(3, 2), shards=shards, dtype="i2", zarr_format=zarr_format
    )
    with pytest.raises(ChunkNotFoundError):
        Opened(store, engine, way, missing_chunks="error").read()
    assert not Opened(store, engine, way, missing_chunks="fill").read().any()
    Opened(store, engine, way, write_empty_chunks=False).write(..., 0)
    metadata = crud.read_metadata(store)
    assert not list(crud.list_chunks(metadata, store))
    Opened(store, engine, way, write_empty_chunks=True).write(..., 0)
    assert len(list(crud.list_chunks(metadata, store))) == (4 if shards else 9)


@BOTH
@WAYS
def test_a_budget_and_unchecked_checksums_act_on_arrays(engine: str, way: str) -> None:
    """Catches a result beyond the budget, or a checksum that cannot be ignored."""
    store = MemoryStore()
    codecs: Any = {"serializer": BytesCodec(), "compressors": [Crc32cCodec()]}
    zarr.create_array(store, data=VALUES, chunks=(7, 5), **codecs)
    with pytest.raises(crud.DecodedSizeError):
        Opened(store, engine, way, decoded_size_budget=VALUES.nbytes - 1).read()
    assert Opened(store, engine, way, decoded_size_budget=VALUES.nbytes).read().shape == (7, 5)
    (key,) = (key for key in store._store_dict if key.startswith("c/"))
    damaged = bytearray(store._store_dict[key].to_bytes())
    damaged[0] ^= 1
    store._store_dict[key] = zarr.core.buffer.cpu.Buffer.from_bytes(bytes(damaged))
    with pytest.raises(crud.DecodeError):
        Opened(store, engine, way).read()
    assert Opened(store, engine, way, validate_checksums=False).read()[0, 0] == VALUES[0, 0] ^ 1


THREADS = """
import os, sys
import numpy as np
import zarr

def started():
    names = []
    for task in os.listdir("/proc/self/task"):
        with open(f"/proc/self/task/{task}/comm") as file:
            names.append(file.read())
    # Those of the extension, and those that the reference runs work on.
    return sum(name.startswith("zarrs-bindings") for name in names), len(names)

def work(array):
    for index in (..., (slice(1, 1000), slice(3, None, 2)), [5, 3, 900], (slice(0, 700), 5)):
        values = array[index]
    array[...] = 2
    array[1:-1, 5:] = np.arange(array.shape[1] - 5)
    array.oindex[[3, 1, 800], :] = 1
    array.append(np.ones((130, array.shape[1]), array.dtype))

engine, limited, *paths = sys.argv[1:]
arrays = [zarr.open_array(path, engine=engine) for path in paths]
before = started()
for array in arrays:
    if limited == "here":
        work(array.with_config({"engine_options": {"concurrency": 1}}))
        with zarr.config.set({"array.engine_options.concurrency": 1}):
            work(array)
        with zarr.config.set({"threading.max_workers": 1}):
            work(array)
    else:
        work(array)
print(before[0], started()[0], started()[1] - before[1])
"""


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="counts threads in /proc")
@pytest.mark.parametrize("engine", ["reference", "zarrs"])
def test_one_thread_is_the_callers(engine: str, tmp_path: Path) -> None:
    """Catches additional threads that a program, a container or a scheduler has no room for."""
    layouts: dict[str, dict[str, Any]] = {
        "raw": {"compressors": None},
        "compressed": {},
        "sharded": {"shards": (256, 256)},
    }
    values = np.random.default_rng(1).integers(0, 99, (1003, 1005), dtype="i4")
    for name, layout in layouts.items():
        zarr.create_array(LocalStore(tmp_path / name), data=values, chunks=(128, 128), **layout)
    paths = [str(tmp_path / name) for name in layouts]

    def threads(limited: str, **environment: str) -> list[int]:
        command = [sys.executable, "-c", THREADS, engine, limited, *paths]
        done = subprocess.run(
            command, env=os.environ | environment, capture_output=True, text=True, check=True
        )
        return [int(number) for number in done.stdout.split()]

    assert threads("here") == [0, 0, 0]
    assert threads("", ZARR_ARRAY__ENGINE_OPTIONS__CONCURRENCY="1") == [0, 0, 0]
    if engine == "zarrs":
        # Without the option there are some: the count above can be wrong.
        assert threads("")[1] > 0


@BOTH
def test_arrays_with_options_read_the_same(engine: str) -> None:
    """Catches an option that changes elements."""
    ours = array(engine=engine)
    for options in ({"concurrency": 1}, {"concurrency": 3}, {"memory_pool": 0}):
        given = ours.with_config({"engine_options": options})
        np.testing.assert_array_equal(given[...], VALUES)
        np.testing.assert_array_equal(given[1:6, ::2], VALUES[1:6, ::2])
        np.testing.assert_array_equal(given.vindex[[6, 0], [1, 4]], VALUES[[6, 0], [1, 4]])
        assert given[5, 4] == VALUES[5, 4]
        assert type(given[5, 4]) is type(ours[5, 4])


def test_every_verb_and_dialect_has_the_options() -> None:
    """Catches a method that calls the engine without the options."""
    seen: list[crud.Options] = []

    class Looking(Recording):
        def read_region(self, *arguments: Any, options: crud.Options, **others: Any) -> Any:
            seen.append(options)
            return super().read_region(*arguments, options=options, **others)

        def write_region(self, *arguments: Any, options: crud.Options, **others: Any) -> Any:
            seen.append(options)
            return super().write_region(*arguments, options=options, **others)

    ours = array(engine=Looking(), config={"engine_options": {"memory_pool": 5}})
    del seen[:]
    ours[0], ours.oindex[[0, 2], 1], ours.vindex[[0, 1], [1, 2]], ours.blocks[1, 1]
    ours.get_mask_selection(VALUES > 3)
    ours[0], ours.oindex[[0, 2], 1], ours.vindex[[0, 1], [1, 2]], ours.blocks[0, 0] = 1, 2, 3, 4
    ours.append(VALUES)
    asyncio.run(ours.async_array.getitem((0, 0)))
    asyncio.run(ours.async_array.setitem((0, 0), 3))
    assert len(seen) >= 12
    assert set(seen) == {crud.Options(memory_pool=5)}
