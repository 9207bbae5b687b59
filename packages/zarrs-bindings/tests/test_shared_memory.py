"""Arrays that another thread writes to during a call."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests import patience
from tests.bindings.support import (
    BIG,
    CRC,
    GZIP,
    LITTLE,
    ZSTD,
    Bridge,
    blosc,
    bridged,
    document,
    everything,
    sharding,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SHAPE: Final = (70, 50)
TURNS: Final = 40
WRONG: Final = (0, 69, 70, -1, 10**6, -(2**63), 2**63 - 1)
"""Positions inside of the array, beside it, and far away."""

CHUNKS: Final[dict[str, tuple[Any, ...]]] = {
    "raw": (LITTLE,),
    "zstd": (LITTLE, ZSTD),
    "shards": (sharding((10, 5), LITTLE, ZSTD),),
}
BZ2: Final = {"name": "numcodecs.bz2", "configuration": {"level": 1}}
BITROUND: Final = {"name": "bitround", "configuration": {"keepbits": 23}}
ENCODERS: Final[dict[str, tuple[Any, ...]]] = CHUNKS | {
    "swapped": (BIG, CRC),
    "gzip": (LITTLE, GZIP),
    "checked": (LITTLE, {"name": "zstd", "configuration": {"level": 1, "checksum": True}}),
    "bz2": (LITTLE, BZ2),
    "crc32c": (LITTLE, CRC),
    "lz4": (LITTLE, {"name": "numcodecs.lz4", "configuration": {}}),
    "blosc": (LITTLE, blosc()),
    "blosclz": (
        LITTLE,
        {"name": "blosc", "configuration": blosc()["configuration"] | {"cname": "blosclz"}},
    ),
    "pcodec": ({"name": "numcodecs.pcodec", "configuration": {}},),
    "bitround": (BITROUND, LITTLE),
}


@contextmanager
def changing(change: Callable[[int], object]) -> Iterator[None]:
    """Repeat a change on another thread, at least once before the body and once after it."""
    done, turns = threading.Event(), [0]

    def run() -> None:
        while not done.is_set():
            change(turns[0])
            turns[0] += 1

    thread = patience.in_thread(run)
    patience.wait_for(lambda: turns[0] > 0, "the first change")
    try:
        yield
        seen = turns[0]
        patience.wait_for(lambda: turns[0] > seen, "another change")
    finally:
        done.set()
        patience.join(thread)


def attempt(work: Callable[[], object], kind: str) -> None:
    """Do something that may fail with an error of one kind."""
    try:
        work()
    except RuntimeError as error:
        assert str(error).startswith(f"{kind}: ")  # noqa: PT017


def ones(codecs: tuple[Any, ...]) -> tuple[Bridge, Any]:
    """An array that holds only 1, so that any other value comes from elsewhere."""
    bridge = Bridge()
    ours = bridged(bridge, document(SHAPE, (30, 20), codecs=codecs))
    ours.write_all(np.ones(SHAPE, "i4"))
    return bridge, ours


@pytest.mark.parametrize("kind", ["points", "list"])
@pytest.mark.parametrize("codecs", CHUNKS.values(), ids=CHUNKS)
@pytest.mark.parametrize("unaligned", [False, True])
def test_positions_that_change_lead_to_no_other_memory(
    codecs: tuple[Any, ...], kind: str, unaligned: bool
) -> None:
    """Catches a position that is checked, and then read a second time to be used."""
    _, ours = ones(codecs)
    rows = np.zeros(1000, "i8")
    if unaligned:
        rows = np.frombuffer(bytearray(8001), "i8", 1000, 1)
    columns = np.arange(1000) % 50
    rows[:] = np.arange(1000) % 70
    out, guard = np.full(3000, 7, "i4"), 1000

    def read() -> None:
        inner = out[guard:-guard]
        if kind == "points":
            ours.read_points(zb.Points((rows, columns), (1000,)), out=inner)
        else:
            ours.read(rows, 3, out=inner)

    def write() -> None:
        if kind == "points":
            ours.write_points(np.ones(1000, "i4"), zb.Points((rows, columns), (1000,)))
        else:
            ours.write(np.ones(1000, "i4"), rows, 3)

    def change(turn: int) -> None:
        place = turn * 7919 % 1000
        rows[place] = WRONG[turn % len(WRONG)]
        rows[place] = turn % 70

    with changing(change):
        for _ in range(TURNS):
            attempt(read, "bounds")
            attempt(write, "bounds")
    assert set(np.unique(out)) <= {1, 7}
    assert (out[:guard] == 7).all()
    assert (out[-guard:] == 7).all()
    np.testing.assert_array_equal(ours.read_all(), np.ones(SHAPE, "i4"))
    read()
    assert (out[guard:-guard] == 1).all()


@pytest.mark.parametrize("codecs", ENCODERS.values(), ids=ENCODERS)
def test_values_that_change_while_they_are_written_are_stored_whole(
    codecs: tuple[Any, ...],
) -> None:
    """Catches an encoder that reads its input twice and produces bytes that cannot be decoded."""
    shape = (256, 128)
    ours = bridged(Bridge(), document(shape, shape, dtype="float32", codecs=codecs))
    if sharding((10, 5), LITTLE, ZSTD) in codecs:
        inner = (sharding((64, 128), LITTLE, ZSTD),)
        ours = bridged(Bridge(), document(shape, shape, dtype="float32", codecs=inner))
    first = np.arange(np.prod(shape), dtype="f4").reshape(shape)
    second = np.random.default_rng(3).random(shape, "f4")
    values = first.copy()

    def change(turn: int) -> None:
        values[:] = second if turn % 2 else first

    with changing(change):
        for _ in range(TURNS):
            ours.write_all(values)
            assert ours.read_all().shape == shape
    ours.write_all(first)
    np.testing.assert_array_equal(ours.read_all(), first)


@pytest.mark.parametrize("codecs", ENCODERS.values(), ids=ENCODERS)
def test_a_result_that_is_written_to_meanwhile_is_wrong_at_most(codecs: tuple[Any, ...]) -> None:
    """Catches a decoder that trusts what it has written, and then writes outside its memory."""
    shape = (260, 130)
    ours = bridged(Bridge(), document(shape, (130, 130), dtype="float32", codecs=codecs))
    values = np.random.default_rng(4).integers(0, 9, shape).astype("f4")
    ours.write_all(values)
    memory, guard = np.full((780, 130), 7, "f4"), 260
    out = memory[guard:-guard]

    def read() -> None:
        ours.read(*everything(shape), out=out)

    def change(turn: int) -> None:
        out[:] = turn

    with changing(change):
        for _ in range(TURNS):
            # Some decoders compare a checksum with what they have written.
            attempt(read, "decode-failed")
    assert (memory[:guard] == 7).all()
    assert (memory[-guard:] == 7).all()
    read()
    np.testing.assert_array_equal(out, values)
