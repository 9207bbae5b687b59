"""Memory that others write to while it is decoded or encoded: no crash, and no mixture."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

from tests.faults.fuzz.parent import ENVIRONMENT, ROOT
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.crud._stores.steady import is_steady

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ENGINES: Final = ("reference", "zarrs")

CHILD: Final = """
import os, sys, threading, time, warnings
import numpy as np
from tests.faults.test_moving_memory import CHAINS, document
from zarr import crud
from zarr.core.buffer.cpu import Buffer
from zarr.crud.testing import AsyncOnlyStore
from zarr.storage import MemoryStore

warnings.simplefilter("ignore")
sys.setswitchinterval(1e-6)
engine, chain, way, seconds = sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4])
members = document(chain)
values, states = [], []
for seed in range(100000):
    value = np.random.default_rng(seed).integers(0, 60, 20000).astype("i4")
    state = crud.encode_chunk(members, value, engine="zarrs")
    if not states or len(state) == len(states[0]):
        values.append(value)
        states.append(state)
    if len(states) == 2:
        break
assert len(states) == 2
hostile = bytearray(states[0])
# In Python, blosc believes a header that lies, whether that changes or not.
if engine == "zarrs" or "blosc" not in str(members):
    for place in (4, 8, 12, len(hostile) - 20, len(hostile) - 12):
        hostile[place : place + 4] = b"\\xf0\\xff\\xff\\x6f"
memory = bytearray(states[0])
store = MemoryStore({"c/0": Buffer.from_bytes(memory)})
if way == "async":
    store = AsyncOnlyStore(store)
ended = False


def change():
    turn = 0
    while not ended:
        for state in (states[turn % 2], hostile, states[1 - turn % 2]):
            memory[:] = state
            for _ in range(turn % 7 * 20):
                pass
        turn += 1


def read():
    if way == "decode":
        return crud.decode_chunk(members, memory, engine=engine)
    if way == "part":
        return crud.read_region(members, store, slice(2, 19000, 3), engine=engine, detached=True)
    return crud.read_chunk(members, store, (0,), engine=engine, detached=True)


thread = threading.Thread(target=change, daemon=True)
thread.start()
seen, end = {"first": 0, "second": 0, "DecodeError": 0}, time.monotonic() + seconds
place = slice(2, 19000, 3) if way == "part" else slice(None)
while time.monotonic() < end:
    try:
        found = read()
    except crud.DecodeError:
        seen["DecodeError"] += 1
        continue
    which = [n for n in (0, 1) if np.array_equal(found, values[n][place])]
    assert which, found
    seen[("first", "second")[which[0]]] += 1
ended = True
print(seen)
assert seen["first"] or seen["second"], seen
"""

LITTLE: Final = {"name": "bytes", "configuration": {"endian": "little"}}
BLOSC: Final = {
    "name": "blosc",
    "configuration": {
        "cname": "lz4",
        "clevel": 5,
        "shuffle": "bitshuffle",
        "typesize": 4,
        "blocksize": 4096,
    },
}
CRC: Final = {"name": "crc32c"}

CHAINS: Final[dict[str, list[dict[str, Any]]]] = {
    "blosc": [LITTLE, BLOSC],
    "lz4": [LITTLE, {"name": "numcodecs.lz4", "configuration": {"acceleration": 1}}],
    "crc32c": [LITTLE, CRC],
    "shard": [
        {
            "name": "sharding_indexed",
            "configuration": {
                "chunk_shape": [10000],
                "codecs": [LITTLE, BLOSC],
                "index_codecs": [LITTLE, CRC],
                "index_location": "end",
            },
        }
    ],
}


def document(chain: str) -> dict[str, Any]:
    """An array of one chunk."""
    return {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [20000],
        "data_type": "int32",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [20000]}},
        "chunk_key_encoding": {"name": "default"},
        "fill_value": 0,
        "codecs": CHAINS[chain],
    }


@pytest.mark.parametrize(
    ("chain", "way"),
    [
        *(("blosc", way) for way in ("sync", "async", "part", "decode")),
        *((chain, "sync") for chain in ("lz4", "crc32c")),
        *(("shard", way) for way in ("sync", "part")),
    ],
)
@pytest.mark.parametrize("engine", ENGINES)
def test_memory_that_changes_while_it_is_decoded_is_of_one_value(
    engine: str, chain: str, way: str
) -> None:
    """Catches decoders that check one header and use another, and access memory out of bounds;
    elements of two values, or that no checksum covers.
    """
    command = [sys.executable, "-X", "faulthandler", "-c", CHILD, engine, chain, way, "1"]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]


WRITER: Final = """
import sys, threading, time, warnings
import numpy as np
from tests.faults.test_moving_memory import LITTLE, document
from zarr import crud
from zarr.storage import MemoryStore

warnings.simplefilter("ignore")
members = {**document("crc32c"), "shape": [200000], "codecs": [LITTLE, eval(sys.argv[2])]}
members["chunk_grid"]["configuration"]["chunk_shape"] = [200000]
value, ramp = np.zeros(200000, "i4"), np.arange(200000, dtype="i4") // 7
noise = np.random.default_rng(1).integers(0, 2**31, 200000).astype("i4")
ended = False


def change():
    while not ended:
        for other in (noise, ramp, noise * 0):
            np.copyto(value, other)


thread = threading.Thread(target=change, daemon=True)
thread.start()
store, end, count = MemoryStore(), time.monotonic() + 2, 0
while time.monotonic() < end:
    crud.write_chunk(members, store, (0,), value, engine=sys.argv[1], detached=True)
    found = crud.read_chunk(members, store, (0,), engine="zarrs", detached=True)
    assert found.shape == value.shape
    count += 1
ended = True
assert count > 5
"""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["blosclz", "gzip", "zstd", "crc32c", "crc32"])
def test_values_that_change_while_they_are_encoded_are_stored(engine: str, name: str) -> None:
    """Catches encoders that access memory out of bounds, and chunks that cannot be decoded."""
    command = [sys.executable, "-X", "faulthandler", "-c", WRITER, engine, repr(ENCODERS[name])]
    done = subprocess.run(command, cwd=ROOT, env=ENVIRONMENT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr[-3000:]


ENCODERS: Final[dict[str, dict[str, Any]]] = {
    "blosclz": {
        "name": "blosc",
        "configuration": {
            "cname": "blosclz",
            "clevel": 9,
            "shuffle": "noshuffle",
            "typesize": 1,
            "blocksize": 0,
        },
    },
    "gzip": {"name": "gzip", "configuration": {"level": 6}},
    "zstd": {"name": "zstd", "configuration": {"level": 1, "checksum": True}},
    "crc32c": CRC,
    "crc32": {"name": "numcodecs.crc32", "configuration": {"location": "start"}},
}
"""Codecs that believe what they have read of the elements."""


def mapped(path: Path, data: bytes) -> Any:
    path.write_bytes(data)
    return np.memmap(path, dtype="u1", mode="r")


MEMORY: Final[dict[str, tuple[bool, Callable[[Path, bytes], Any]]]] = {
    "bytes": (True, lambda _, data: np.frombuffer(data, "u1")),
    "a part of bytes": (True, lambda _, data: np.frombuffer(data, "u1")[1:][::1]),
    "a view of bytes": (True, lambda _, data: np.asarray(memoryview(data)[1:])),
    "bytearray": (False, lambda _, data: np.frombuffer(bytearray(data), "u1")),
    "a view that cannot write": (
        False,
        lambda _, data: np.frombuffer(memoryview(bytearray(data)).toreadonly(), "u1"),
    ),
    "an array": (False, lambda _, data: np.array(list(data), "u1")),
    "a file that others write": (False, mapped),
}


@pytest.mark.parametrize("kind", list(MEMORY))
def test_only_memory_that_nobody_writes_is_borrowed(kind: str, tmp_path: Path) -> None:
    """Catches a read-only view of memory that others write, and bytes that are copied
    needlessly.
    """
    expected, make = MEMORY[kind]
    array = make(tmp_path / "file", bytes(range(100)))
    assert is_steady(array) is expected
    frozen = array[:]
    frozen.flags.writeable = False
    assert is_steady(frozen) is expected


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", list(MEMORY))
def test_every_kind_of_memory_is_read(engine: str, kind: str, tmp_path: Path) -> None:
    """Catches a copy of something other than what the store returned."""
    members = document("blosc")
    value = np.arange(20000, dtype="i4") // 7
    data = crud.encode_chunk(members, value, engine=engine)
    array = MEMORY[kind][1](
        tmp_path / "file", b"x" + data if "part" in kind or kind == "a view of bytes" else data
    )
    assert Buffer.from_array_like(array).to_bytes() == data
    np.testing.assert_array_equal(crud.decode_chunk(members, array, engine=engine), value)
