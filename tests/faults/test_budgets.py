"""Sizes beyond any memory, claimed by variable-length elements, numbers and Python codecs."""

from __future__ import annotations

import lzma
import struct
from typing import TYPE_CHECKING, Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest
from pcodec import ChunkConfig, standalone  # type: ignore[import-untyped]

from tests.faults.test_limits import codec, put_array

if TYPE_CHECKING:
    from pathlib import Path

    from tests.faults.support import Faults

COUNT = 16
HUGE = 256 << 20

# The read before the limit is set allocates everything that a first call does. The time is the
# processor time of the process: other work on the machine does not change it.
LIMITED = """
    import resource
    options = crud.Options(decoded_size_budget=budget)
    common = {"engine": engine, "options": options, "detached": True}
    value = {"string": "a", "variable_length_bytes": b"a"}.get(data_type, 1)
    store = LocalStore(root)
    calls = {
        "all": lambda: crud.read_region(document, store, **common),
        "one": lambda: crud.read_region(document, store, 3, **common),
        "chunk": lambda: crud.read_chunk(document, store, (0,), **common),
        "write": lambda: crud.write_region(document, store, 3, value, engine=engine, detached=True),
    }
    crud.read_chunk(document, MemoryStore(), (0,), engine=engine, detached=True)
    used = int(open("/proc/self/statm").read().split()[0]) * 4096
    resource.setrlimit(resource.RLIMIT_AS, (used + (96 << 20),) * 2)
    start = time.process_time()
    for call in calls.values():
        try:
            print(type(call()).__name__)
        except (crud.CrudError, MemoryError) as err:
            print(type(err).__name__)
    assert time.process_time() - start < 20
"""


def elements(*lengths: int, count: int = COUNT, body: bytes = b"") -> bytes:
    """Stored elements with the lengths that they claim."""
    return struct.pack("<I", count) + b"".join(struct.pack("<I", n) + body for n in lengths)


ZSTD = numcodecs.Zstd(level=1)
LIES: dict[str, bytes] = {
    "a count of 2^32 - 1": elements(count=2**32 - 1),
    "a count of 2^31, and zeros": elements(count=2**31, body=bytes(100)),
    "a length of 2^32 - 1": elements(2**32 - 1),
    "lengths that add up to 2^36": elements(*[2**32 - 1] * COUNT),
    "the last length": elements(*[0] * (COUNT - 1), 2**32 - 1),
}


def wrapped(name: str, data: bytes) -> tuple[list[dict[str, Any]], bytes]:
    """Data encoded by a compressor, and the codecs."""
    match name:
        case "zstd":
            return [codec("zstd", level=1, checksum=False)], ZSTD.encode(data)
        case "gzip":
            return [codec("gzip", level=1)], numcodecs.GZip(1).encode(data)
        case _:
            return [], data


def put(root: Path, data_type: str, codecs: list[dict[str, Any]], data: bytes) -> None:
    """An array of 16 elements in one chunk, with this stored chunk."""
    serializer = {"string": "vlen-utf8", "variable_length_bytes": "vlen-bytes"}.get(data_type)
    first = [] if serializer is None else [{"name": serializer}]
    fill: Any = 0 if serializer is None else ""
    put_array(root, data_type=data_type, fill_value=fill, codecs=[*first, *codecs])
    (root / "c").mkdir()
    (root / "c/0").write_bytes(data)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("lie", LIES)
@pytest.mark.parametrize("data_type", ["string", "variable_length_bytes"])
@pytest.mark.parametrize("compressor", ["none", "zstd"])
def test_sizes_that_elements_tell_reserve_no_memory(
    engine: str, lie: str, data_type: str, compressor: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches a few bytes that reserve 64 GiB."""
    codecs, data = wrapped(compressor, LIES[lie])
    put(tmp_path / "root", data_type, codecs, data)
    out = faults.run(
        LIMITED, tmp_path / "root", engine, budget=1 << 38, data_type=data_type
    ).split()
    # The codecs of zarr-python allocate as many elements as the data claims.
    told = "MemoryError" if engine == "reference" and "count" in lie else "DecodeError"
    assert out == [told] * 4


def frame(size: int) -> bytes:
    """A zstd frame that claims a decoded size and has an empty block."""
    return b"\x28\xb5\x2f\xfd\xe0" + struct.pack("<Q", size) + b"\x01\0\0"


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("size", [2**31, 2**60, 2**64 - 3])
@pytest.mark.parametrize("data_type", ["string", "uint8"])
def test_sizes_that_a_frame_tells_reserve_no_memory(
    engine: str, size: int, data_type: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches the same where only the frame says how long the decoded data is."""
    codecs = [codec("zstd", level=1, checksum=False)]
    serializer = [] if data_type == "string" else [{"name": "bytes"}]
    put(tmp_path / "root", data_type, [*serializer, *codecs], frame(size))
    out = faults.run(
        LIMITED, tmp_path / "root", engine, budget=1 << 38, data_type=data_type
    ).split()
    allowed = {"DecodeError"} | ({"MemoryError"} if engine == "reference" else set())
    assert len(out) == 4
    assert set(out) <= allowed


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("budget", [1 << 20, 1 << 38])
@pytest.mark.parametrize("name", ["zstd", "gzip"])
def test_a_bomb_of_elements_stays_within_budget_and_memory(
    name: str, budget: int, tmp_path: Path, faults: Faults
) -> None:
    """Catches an element of 256 MiB in a few kilobytes that neither the budget nor a lack of memory
    stops.
    """
    codecs, data = wrapped(name, elements(*[0] * (COUNT - 1), HUGE) + bytes(HUGE))
    put(tmp_path / "root", "string", codecs, data)
    out = faults.run(LIMITED, tmp_path / "root", "zarrs", budget=budget, data_type="string").split()
    assert len(out) == 4
    assert set(out) <= {"DecodeError", "DecodedSizeError"}


@pytest.mark.filterwarnings("ignore")
def test_a_bomb_of_numbers_is_damage_that_takes_little_memory(
    tmp_path: Path, faults: Faults
) -> None:
    """Catches a pcodec stream whose claimed size exhausts the memory and ends the process."""
    data = standalone.simple_compress(np.zeros(HUGE // 8), ChunkConfig())
    put(tmp_path / "root", "float64", [codec("numcodecs.pcodec", level=4)], data)
    out = faults.run(
        LIMITED, tmp_path / "root", "zarrs", budget=1 << 38, data_type="float64"
    ).split()
    assert out == ["DecodeError"] * 4


@pytest.mark.filterwarnings("ignore")
def test_a_bomb_behind_a_codec_of_python_is_an_error(
    engine: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches a result that is copied before its size is checked. What the codec itself allocates
    is its own.
    """
    codecs = [{"name": "bytes"}, codec("numcodecs.lzma", preset=1)]
    for number, (size, expected) in enumerate(
        [(112 << 20, {"MemoryError", "DecodeError"}), (1 << 20, {"DecodeError"})]
    ):
        root = tmp_path / str(number)
        put(root, "uint8", codecs, lzma.compress(bytes(size), preset=1))
        out = faults.run(LIMITED, root, engine, budget=1 << 38, data_type="uint8").split()
        assert len(out) == 4
        assert set(out) <= expected
