"""Chunks are encoded and decoded as by zarr's own codecs, bit for bit."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.zarrista.support import ENGINE, document_of, make, refusal
from zarr import codecs, crud
from zarr.crud import Options
from zarr.crud.testing import assert_same, some_values
from zarr.storage import LocalStore
from zarr.zarrista._codecs import ChunkCodec, codec_options
from zarr.zarrista._document import prepare
from zarr.zarrista._library import LibraryError

if TYPE_CHECKING:
    from pathlib import Path

CHAINS: dict[str, dict[str, Any]] = {
    "raw": {"compressors": None},
    "big-endian": {"compressors": None, "serializer": codecs.BytesCodec(endian="big")},
    "blosc": {"compressors": codecs.BloscCodec(cname="lz4", shuffle="shuffle")},
    "blosc, by bits": {"compressors": codecs.BloscCodec(cname="zstd", shuffle="bitshuffle")},
    "gzip": {"compressors": codecs.GzipCodec(level=1)},
    "zstd": {"compressors": codecs.ZstdCodec(level=3, checksum=True)},
    "crc32c": {"compressors": codecs.Crc32cCodec()},
    "transposed": {"filters": codecs.TransposeCodec(order=(1, 0))},
    "shards": {"shards": (6, 4)},
    "shards, index first": {"shards": {"shape": (6, 4), "index_location": "start"}},
}
DTYPES = ("?", "i1", "u2", "i4", "i8", "u8", "f2", "f4", "f8", "c8", "c16", "M8[ns]", "m8[10s]")


def fills(dtype: str) -> list[Any]:
    """Fill values whose bits are easily lost."""
    kind = np.dtype(dtype)
    if kind.kind == "f":
        payload = np.array(b"\x7f" + b"\xff" * (kind.itemsize - 2) + b"\x01")
        bits = np.frombuffer(payload.tobytes(), kind.newbyteorder(">")).astype(kind)
        return [np.nan, -0.0, np.inf, bits[0]]
    named: dict[str, list[Any]] = {
        "c": [complex(np.nan, -0.0)],
        "b": [True],
        "i": [-1],
        "u": [200],
    }
    return named.get(kind.kind, [None])


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("chain", CHAINS)
def test_both_ways_are_those_of_the_reference(tmp_path: Path, chain: str, dtype: str) -> None:
    """Catches a payload, a sign, a byte order or a padding that one of both changes."""
    for number, fill in enumerate(fills(dtype)):
        options: dict[str, Any] = {"dtype": dtype, "fill_value": fill, **CHAINS[chain]}
        if np.dtype(dtype).itemsize == 1:
            options.pop("serializer", None)
        document = document_of(**options)
        values = some_values(np.dtype(dtype), (7, 5), 3, document.fill_element)
        for writer, reader in ((ENGINE, "reference"), ("reference", ENGINE)):
            store = LocalStore(tmp_path / f"{number} {writer}")
            assert refusal(document, store, operation="write_region") is None
            crud.write_region(document, store, ..., values, engine=writer, detached=True)
            for selection in (..., (slice(2, 7), slice(1, 3)), (6, 4)):
                found = crud.read_region(document, store, selection, engine=reader, detached=True)
                assert_same(np.asarray(found, document.dtype), values[selection])


@pytest.mark.parametrize("data", [b"", b"\0" * 23, b"\0" * 25, b"garbage"])
@pytest.mark.parametrize("chain", ["raw", "gzip", "zstd", "blosc", "shards"])
def test_what_does_not_decode_is_an_error(chain: str, data: bytes) -> None:
    """Catches damaged bytes that decode to elements, or to a panic."""
    document = document_of(**CHAINS[chain])
    codec = ChunkCodec(document, document.derive(prepare), (0, 0), Options())
    with pytest.raises(LibraryError):
        codec.decode(data)


def test_a_chunk_of_the_fill_value_is_encoded_too() -> None:
    """Catches a value that a conditional put needs, and that the library drops as empty."""
    document = document_of(fill_value=7, compressors=None)
    codec = ChunkCodec(document, document.derive(prepare), (1, 1), Options())
    assert codec.encode(codec.fill()) == np.full(6, 7, "<i4").tobytes()


def test_options_become_the_librarys() -> None:
    """Catches a number of threads that the library takes for a wish."""
    assert codec_options(Options()) == {"validate_checksums": True}
    made = codec_options(Options(concurrency=1, validate_checksums=False))
    assert made == {
        "validate_checksums": False, "concurrent_target": 1, "chunk_concurrent_minimum": 1,
    }  # fmt: skip
    assert codec_options(Options(concurrency=9))["chunk_concurrent_minimum"] == 4


def test_checksums_are_compared_unless_told_otherwise(tmp_path: Path) -> None:
    """Catches an option that is not passed on, in either direction."""
    document, store = make(tmp_path, compressors=codecs.Crc32cCodec())
    file = tmp_path / "c/0/0"
    file.write_bytes(file.read_bytes()[:-1] + b"\0")
    with pytest.raises(crud.DecodeError, match="c/0/0"):
        crud.read_region(document, store, engine=ENGINE)
    options = Options(validate_checksums=False)
    reference = crud.read_region(document, store, engine="reference", options=options)
    assert_same(crud.read_region(document, store, engine=ENGINE, options=options), reference)


ONE_THREAD = """
import sys, time
import numpy as np
import zarr
from zarr import crud

store = zarr.storage.LocalStore(sys.argv[1])
values = np.arange(1 << 22)
array = zarr.create_array(store, data=values, chunks=1 << 12, shards=1 << 20)
document = crud.read_metadata(store)
crud.read_region(document, store, 0, engine="zarrista")
one = crud.Options(concurrency=1)
process, own = time.process_time(), time.thread_time()
crud.read_region(document, store, engine="zarrista", options=one)
crud.read_region(document, store, slice(5, 1 << 21), engine="zarrista", options=one)
crud.write_region(document, store, ..., values + 1, engine="zarrista", options=one)
process, own = time.process_time() - process, time.thread_time() - own
print((process - own) / process)
found = crud.read_region(document, store, engine="zarrista")
assert (found == values + 1).all()
"""


def test_one_thread_is_the_callers(tmp_path: Path) -> None:
    """Catches codecs in other threads although the caller asked for its own."""
    command = [sys.executable, "-W", "ignore", "-c", ONE_THREAD, str(tmp_path / "a")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert float(done.stdout) < 0.2


def test_zarr_reads_what_was_encoded(tmp_path: Path) -> None:
    """Catches values that only this project reads."""
    document = document_of(shards=(6, 4))
    store = LocalStore(tmp_path)
    crud.create(document, store)
    crud.write_region(document, store, ..., 5, engine=ENGINE)
    np.testing.assert_array_equal(zarr.open_array(store)[...], 5)
