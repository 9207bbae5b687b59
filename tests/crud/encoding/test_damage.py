"""Which codec chains detect a changed bit: each bit of small chunks is changed in turn."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest

import zarr
from zarr import crud
from zarr.codecs import BloscCodec, Crc32cCodec, GzipCodec, ZstdCodec
from zarr.codecs import numcodecs as extra
from zarr.crud._encoding.damage import INDEX_ONLY, SUBCHUNKS_ONLY
from zarr.storage import MemoryStore

VALUES: Final = np.arange(24, dtype="i4").reshape(6, 4) * 70_001
LITTLE: Final = {"name": "bytes", "configuration": {"endian": "little"}}
CRC: Final = {"name": "crc32c"}

type Chain = tuple[dict[str, Any], bool | str]


def of_format_3(*codecs: Any, **others: Any) -> dict[str, Any]:
    return {"compressors": list(codecs) or None, **others}


def of_format_2(compressor: Any, *filters: Any) -> dict[str, Any]:
    return {"zarr_format": 2, "compressors": compressor, "filters": list(filters) or None}


CHAINS: Final[dict[str, Chain]] = {
    "bytes": (of_format_3(), False),
    "crc32c": (of_format_3(Crc32cCodec()), True),
    "zstd": (of_format_3(ZstdCodec(level=1)), False),
    "zstd with checksum": (of_format_3(ZstdCodec(level=1, checksum=True)), True),
    "crc32c, zstd": (of_format_3(Crc32cCodec(), ZstdCodec(level=1)), True),
    "zstd, crc32c": (of_format_3(ZstdCodec(level=1), Crc32cCodec()), True),
    "gzip": (of_format_3(GzipCodec(level=1)), True),
    **{
        f"blosc {name}": (of_format_3(BloscCodec(cname=name, typesize=4)), False)
        for name in ("lz4", "lz4hc", "blosclz", "zstd", "zlib")
    },
    "lz4": (of_format_3(extra.LZ4()), False),
    "zlib": (of_format_3(extra.Zlib()), True),
    "bz2": (of_format_3(extra.BZ2()), True),
    "lzma": (of_format_3(extra.LZMA()), True),
    "crc32": (of_format_3(extra.CRC32()), True),
    "adler32": (of_format_3(extra.Adler32()), True),
    "fletcher32": (of_format_3(extra.Fletcher32()), True),
    "jenkins_lookup3": (of_format_3(extra.JenkinsLookup3()), True),
    "pcodec": (of_format_3(serializer=extra.PCodec()), False),
    "format 2, none": (of_format_2(None), False),
    "format 2, zstd": (of_format_2(numcodecs.Zstd()), False),
    "format 2, zstd with checksum": (of_format_2(numcodecs.Zstd(checksum=True)), True),
    "format 2, blosc": (of_format_2(numcodecs.Blosc()), False),
    "format 2, gzip": (of_format_2(numcodecs.GZip()), True),
    "format 2, crc32c as filter": (of_format_2(None, numcodecs.CRC32()), True),
    "format 2, lz4 on crc32": (of_format_2(numcodecs.LZ4(), numcodecs.CRC32()), True),
}


def sharded(codecs: list[Any], index_codecs: list[Any], after: list[Any] | None = None) -> Any:
    """A document of one shard with two subchunks."""
    configuration = {"chunk_shape": [3, 4], "codecs": codecs, "index_codecs": index_codecs}
    document = dict(crud.read_metadata(stored(of_format_3())))
    shard = {"name": "sharding_indexed", "configuration": configuration}
    return document | {"codecs": [shard, *(after or [])]}


def stored(options: dict[str, Any]) -> MemoryStore:
    store = MemoryStore()
    zarr.create_array(store, shape=(6, 4), chunks=(6, 4), dtype="i4", **options)
    return store


SHARDS: Final[dict[str, tuple[list[Any], list[Any], list[Any], bool | str]]] = {
    "raw in shards": ([LITTLE], [LITTLE, CRC], [], INDEX_ONLY),
    "crc32c in shards": ([LITTLE, CRC], [LITTLE, CRC], [], True),
    "crc32c in shards, index without": ([LITTLE, CRC], [LITTLE], [], SUBCHUNKS_ONLY),
    "raw in shards, index without": ([LITTLE], [LITTLE], [], False),
    "crc32c over shards": ([LITTLE], [LITTLE], [CRC], True),
}

# The codecs of numcodecs trust a damaged stream, and may end the process.
NOT_BY_THE_REFERENCE: Final = ("blosc", "pcodec", "lz4")


def outcomes(document: Any, engine: str) -> dict[str, int]:
    """Count the changed bits that cause an error, change no element, or change some."""
    data = crud.encode_chunk(document, VALUES, engine="reference")
    counts = {"error": 0, "same": 0, "other": 0}
    options = crud.Options(concurrency=1)
    for bit in range(8 * len(data)):
        changed = bytearray(data)
        changed[bit // 8] ^= 1 << bit % 8
        try:
            found = crud.decode_chunk(document, changed, engine=engine, options=options)
        except (crud.DecodeError, crud.DecodedSizeError, MemoryError):
            counts["error"] += 1
        else:
            counts["same" if found.tobytes() == VALUES.tobytes() else "other"] += 1
    return counts


def check(document: Any, engine: str, expected: bool | str) -> None:
    """Check that the reported answer for a chain matches the outcomes."""
    counts = outcomes(document, engine)
    # No single bit exchanges two pointers: see below.
    silent = expected is True or expected == SUBCHUNKS_ONLY
    assert (counts["other"] == 0) is silent, counts
    verdicts = crud.explain(document, MemoryStore())
    assert {verdict.detects_damage for verdict in verdicts.values()} == {expected}
    crud.create(document, store := MemoryStore())
    assert zarr.open_array(store).engine_info().detects_damage == expected


@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
@pytest.mark.parametrize("name", CHAINS)
def test_a_chain_detects_what_it_is_said_to(engine: str, name: str) -> None:
    """Catches a chain that is wrongly reported to detect damage, or not to."""
    options, expected = CHAINS[name]
    if engine == "reference" and any(codec in name for codec in NOT_BY_THE_REFERENCE):
        engine = "zarrs"
    check(crud.read_metadata(stored(options)), engine, expected)


@pytest.mark.filterwarnings("ignore:Combining a `sharding_indexed` codec")
@pytest.mark.parametrize("name", SHARDS)
def test_a_shard_detects_what_it_is_said_to(engine: str, name: str) -> None:
    """Catches a damaged index without a checksum that points at another, intact subchunk."""
    codecs, index_codecs, after, expected = SHARDS[name]
    check(sharded(codecs, index_codecs, after), engine, expected)


def test_a_pointer_to_another_subchunk_is_no_damage_that_its_checksum_tells(engine: str) -> None:
    """Catches a claim that checksums of subchunks detect a pointer to another subchunk."""
    document = sharded([LITTLE, CRC], [LITTLE])
    data = bytearray(crud.encode_chunk(document, VALUES, engine="reference"))
    data[-32:-16], data[-16:] = data[-16:], data[-32:-16]
    found = crud.decode_chunk(document, data, engine=engine)
    assert np.array_equal(found, np.vstack([VALUES[3:], VALUES[:3]]))


def test_checksums_that_are_not_compared_detect_nothing() -> None:
    """Catches an answer that ignores `Options.validate_checksums`."""
    unseen = crud.Options(validate_checksums=False)
    for document, expected in (
        (crud.read_metadata(stored(of_format_3(Crc32cCodec()))), False),
        (crud.read_metadata(stored(of_format_3(ZstdCodec(checksum=True)))), True),
        (sharded([LITTLE, CRC], [LITTLE, CRC]), False),
        (sharded([LITTLE], [LITTLE, CRC]), False),
    ):
        verdict = crud.explain(document, MemoryStore(), options=unseen)["reference"]
        assert verdict.detects_damage == expected


def test_the_page_lists_every_chain() -> None:
    """Catches a table that lists more or fewer chains than the tests."""
    page = (Path(__file__).parents[3] / "docs" / "damage.md").read_text()
    told = {name: chain[-1] for name, chain in (CHAINS | SHARDS).items()}
    for name, expected in told.items():
        word = expected if isinstance(expected, str) else "yes" if expected else "no"
        assert f"| {name} | {word} |" in page
    rows = [
        line
        for line in page.splitlines()
        if line.endswith(("| yes |", "| no |", "chunks |", "index |"))
    ]
    assert len(rows) == len(told)
