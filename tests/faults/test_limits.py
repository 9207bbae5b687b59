"""Decompression bombs and absurd shapes, in a process with little memory: a typed error, or the
right result.
"""

from __future__ import annotations

import bz2
import gzip
import json
import zlib
from typing import TYPE_CHECKING, Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

from tests.faults.support import Faults

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# The processor time of a decoder: other work on the machine does not change it.
LIMITED = """
    import resource
    crud.read_region(document, MemoryStore(), 0, engine=engine, detached=True)
    used = int(open("/proc/self/statm").read().split()[0]) * 4096
    resource.setrlimit(resource.RLIMIT_AS, (used + (100 << 20),) * 2)
    start = time.process_time()
    store = LocalStore(root)
    calls = {
        "all": lambda: crud.read_region(document, store, engine=engine),
        "one": lambda: crud.read_region(document, store, 3, engine=engine),
        "chunk": lambda: crud.read_chunk(document, store, (0,), engine=engine),
        "write": lambda: crud.write_region(document, store, 3, 1, engine=engine),
    }
    for name in names:
        try:
            print(np.asarray(calls[name]()).sum())
        except Exception as err:
            print(type(err).__name__)
    assert time.process_time() - start < 20
"""

BOMB = 256 << 20


def codec(name: str, **configuration: Any) -> dict[str, Any]:
    return {"name": name, "configuration": configuration}


# Each with a compressor that reduces 256 MiB of zeros to a few kilobytes.
BOMBS: dict[str, tuple[dict[str, Any], Callable[[bytes], bytes]]] = {
    "gzip": (codec("gzip", level=5), lambda zeros: gzip.compress(zeros, 1)),
    "zstd": (codec("zstd", level=1, checksum=False), lambda zeros: numcodecs.Zstd().encode(zeros)),
    "blosc": (
        codec("blosc", cname="lz4", clevel=5, shuffle="noshuffle", typesize=1, blocksize=0),
        lambda zeros: numcodecs.Blosc(shuffle=0).encode(np.frombuffer(zeros, "u1")),
    ),
    "zlib": (codec("numcodecs.zlib", level=5), lambda zeros: zlib.compress(zeros, 1)),
    "bz2": (codec("numcodecs.bz2", level=5), lambda zeros: bz2.compress(zeros[: 1 << 24]) * 16),
}


def put_array(root: Path, **members: Any) -> None:
    """Store the document of an array of 16 bytes in one chunk, with members replaced."""
    required = {
        "zarr_format": 3,
        "node_type": "array",
        "shape": [16],
        "data_type": "uint8",
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [16]}},
        "chunk_key_encoding": {"name": "default"},
        "fill_value": 0,
        "codecs": [{"name": "bytes"}],
        "attributes": {},
    }
    root.mkdir(exist_ok=True)
    (root / "zarr.json").write_text(json.dumps(required | members))


@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_an_error_that_takes_little_memory(
    engine: str, name: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches a few kilobytes that decode to gigabytes and end the process."""
    members, compress = BOMBS[name]
    root = tmp_path / "root"
    put_array(root, codecs=[{"name": "bytes"}, members])
    (root / "c").mkdir()
    (root / "c/0").write_bytes(compress(bytes(BOMB)))
    names = ["all", "one", "chunk", "write"]
    found = faults.run(LIMITED, root, engine, names=names).split()
    # The codecs of zarr-python, which the reference uses, are limited only by the system.
    allowed = {"DecodeError"} | ({"MemoryError"} if engine == "reference" else set())
    assert set(found) <= allowed
    assert len(found) == 4


def regular(length: int) -> dict[str, Any]:
    return codec("regular", chunk_shape=[length])


@pytest.mark.parametrize(
    ("members", "outcomes"),
    [
        # The selection is small, and so is a chunk.
        ({"shape": [2**62]}, {"one": "0", "chunk": "0", "all": "DecodedSizeError"}),
        ({"shape": [2**63 - 1]}, {"one": "0", "all": "DecodedSizeError"}),
        # One chunk is as large as all disks of a data center.
        (
            {"shape": [2**40], "chunk_grid": regular(2**40)},
            {"one": "DecodedSizeError", "chunk": "DecodedSizeError", "write": "DecodedSizeError"},
        ),
        ({"shape": [16], "chunk_grid": regular(2**62)}, {"chunk": "DecodedSizeError"}),
    ],
)
def test_absurd_shapes_are_answered_or_refused(
    engine: str,
    members: dict[str, Any],
    outcomes: dict[str, str],
    tmp_path: Path,
    faults: Faults,
) -> None:
    """Catches an allocation of a size from a document before the size is checked."""
    root = tmp_path / "root"
    put_array(root, **members)
    code = LIMITED.replace(
        "crud.read_region(document, MemoryStore(), 0, engine=engine, detached=True)", ""
    )
    found = faults.run(code, root, engine, names=list(outcomes)).split()
    assert found == list(outcomes.values())


@pytest.mark.parametrize("order", ["morton", "lexicographic"])
@pytest.mark.parametrize("stored", [False, True], ids=["absent", "stored"])
def test_a_shard_of_absurdly_many_subchunks_is_refused(
    stored: bool, order: str, tmp_path: Path, faults: Faults
) -> None:
    """Catches lists as long as the index of a shard that exhaust the memory."""
    root, count = tmp_path / "root", 1 << 24
    sharding = codec(
        "sharding_indexed",
        chunk_shape=[1],
        codecs=[{"name": "bytes"}],
        index_codecs=[codec("bytes", endian="little")],
        subchunk_write_order=order,
    )
    put_array(root, shape=[count], chunk_grid=regular(count), codecs=[sharding])
    if stored:
        (root / "c").mkdir()
        with (root / "c/0").open("wb") as file:
            file.truncate(16 * count)
    found = faults.run(LIMITED, root, "zarrs", names=["one", "write", "chunk", "one"]).split()
    one = "DecodedSizeError" if stored else "0"
    assert found == [one, "DecodedSizeError", one if stored else "0", one]


REFUSED = """
    try:
        crud.read_region(crud.read_metadata(bad), bad, engine=engine)
    except (crud.DocumentError, crud.UnsupportedError) as err:
        print("refused")
"""


@pytest.mark.parametrize(
    "members",
    [
        {"shape": [2**63]},
        {"shape": [2**200]},
        {"shape": [-1]},
        {"shape": [1] * 65, "chunk_grid": codec("regular", chunk_shape=[1] * 65)},
        {"shape": [1] * 5000, "chunk_grid": codec("regular", chunk_shape=[1] * 5000)},
    ],
    ids=["2^63", "2^200", "negative", "rank 65", "rank 5000"],
)
def test_shapes_that_no_array_has_are_refused(
    engine: str, members: dict[str, Any], tmp_path: Path, faults: Faults
) -> None:
    """Catches a slow or untyped refusal, or one of only some engines."""
    root, bad = tmp_path / "root", tmp_path / "bad"
    put_array(root)
    put_array(bad, **members)
    assert faults.run(REFUSED, root, engine, bad=str(bad)) == "refused\n"


@pytest.mark.parametrize("depth", [1000, 200_000])
def test_deeply_nested_json_is_refused(depth: int, tmp_path: Path, faults: Faults) -> None:
    """Catches a recursive parser that overflows the stack."""
    root, bad = tmp_path / "root", tmp_path / "bad"
    put_array(root)
    put_array(bad)
    text = (bad / "zarr.json").read_text()
    nested = '{"a":' * depth + "1" + "}" * depth
    (bad / "zarr.json").write_text(text.replace('"attributes": {}', f'"attributes": {nested}'))
    code = """
    try:
        nested = crud.read_metadata(bad)
        print(crud.read_region(nested, bad, 3, engine="zarrs"))
    except (crud.DocumentError, crud.UnsupportedError):
        print("refused")
    """
    out = faults.run(code, root, "zarrs", bad=str(bad))
    assert out == "refused\n" or (depth == 1000 and out == "0\n")
