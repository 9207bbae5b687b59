"""Options: each has its effect in every backend, or is refused with a reason."""

from __future__ import annotations

import dataclasses
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.crud.test_document import document_members
from zarr import crud
from zarr.codecs import numcodecs as extra
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from pathlib import Path

    from zarr.abc.store import Store

WRONG: dict[str, Any] = {
    "missing_chunks": "maybe",
    "write_empty_chunks": "yes",
    "concurrency": 0,
    "decoded_size_budget": -1,
    "validate_checksums": None,
    "durability": "always",
    "locking": "none",
    "memory_pool": -1,
    "coalesce_max_gap": -1,
    "coalesce_max_bytes": -2,
    "immutable_store": "often",
    "in_flight_bytes": -3,
    "chunk_cache": True,
    "chunk_cache_max_age": -0.5,
}


@pytest.mark.parametrize("name", WRONG)
def test_a_value_that_an_option_does_not_know_is_refused(name: str) -> None:
    """Catches a misspelled value that is ignored."""
    with pytest.raises(ValueError, match=f"{name} is {WRONG[name]!r}"):
        crud.Options(**{name: WRONG[name]})


SIZES = (
    "decoded_size_budget",
    "memory_pool",
    "coalesce_max_gap",
    "coalesce_max_bytes",
    "in_flight_bytes",
    "chunk_cache",
)


@pytest.mark.parametrize("name", ["concurrency", *SIZES])
@pytest.mark.parametrize("given", [1 << 63, 1.5, float("inf"), "2"])
def test_what_is_no_number_of_the_machine_is_refused(name: str, given: Any) -> None:
    """Catches a number that one backend accepts, and that is too big for another to convert."""
    with pytest.raises(ValueError, match=re.escape(f"{name} is {given!r}; use a number of")):
        crud.Options(**{name: given})


@pytest.mark.parametrize(
    "given",
    [
        *({name: (1 << 63) - 1} for name in ("concurrency", *SIZES)),
        *({name: 0} for name in SIZES[1:]),
        {"concurrency": np.int8(1), "memory_pool": np.uint64(5)},
        *({"chunk_cache_max_age": age} for age in (0, np.float32(2.5), float("inf"))),
        {"write_empty_chunks": 1, "validate_checksums": np.True_},
    ],
    ids=str,
)
def test_options_at_their_limits_are_served(engine: str, given: dict[str, Any]) -> None:
    """Catches a value that is accepted, and then refused by the backend with its own message."""
    store, options = MemoryStore(), crud.Options(**given)
    document = zarr.create_array(store, shape=9, chunks=2, shards=8, dtype="i4").metadata
    crud.write_region(document, store, ..., np.arange(9), engine=engine, options=options)
    found = crud.read_region(document, store, slice(1, 9, 3), engine=engine, options=options)
    assert np.array_equal(found, [1, 4, 7])


@pytest.mark.parametrize("given", [True, "1", None, float("nan"), -1, 1j])
def test_what_is_no_time_is_refused(given: Any) -> None:
    """Catches an age that no clock can compare, or that means nothing."""
    with pytest.raises(ValueError, match=r"chunk_cache_max_age is .*; use a number of seconds"):
        crud.Options(chunk_cache_max_age=given)


@pytest.mark.parametrize("given", [True, False, -1, 1 << 63, 1.0, None, "1"])
def test_what_is_no_size_of_a_cache_is_refused(given: Any) -> None:
    """Catches `True`, which would be a cache of one byte."""
    with pytest.raises(ValueError, match=r"chunk_cache is .*; use a number of bytes from 0 to"):
        crud.Options(chunk_cache=given)


def test_every_option_has_a_value_that_is_refused() -> None:
    """Catches an option that was added without a check."""
    assert {field.name for field in dataclasses.fields(crud.Options)} == WRONG.keys()


def flip(store: MemoryStore, key: str, place: int) -> None:
    """Change one bit of a stored value."""
    found = store.get_sync(key)
    assert found is not None
    data = bytearray(found.to_bytes())
    data[place] ^= 1
    store.set_sync(key, zarr.core.buffer.cpu.Buffer.from_bytes(bytes(data)))


UNSEEN = crud.Options(validate_checksums=False)


def check_cut_off(document: Any, engine: str, place: int) -> None:
    """Check that only checked checksums cause errors, and that new chunks have a correct one."""
    store = MemoryStore()
    values = np.arange(1, 7, dtype="i4").reshape(3, 2)
    crud.write_chunk(document, store, (0, 0), values, engine=engine, detached=True)
    (key,) = store._store_dict
    flip(store, key, place)
    with pytest.raises(crud.DecodeError, match=key):
        crud.read_chunk(document, store, (0, 0), engine=engine)
    with pytest.raises(crud.DecodeError, match=key):
        crud.write_region(document, store, (0, 0), 9, engine=engine, detached=True)
    found = crud.read_chunk(document, store, (0, 0), engine=engine, options=UNSEEN)
    assert np.array_equal(found, values)
    crud.write_region(document, store, (0, 0), 9, engine=engine, options=UNSEEN, detached=True)
    values[0, 0] = 9
    assert np.array_equal(crud.read_chunk(document, store, (0, 0), engine=engine), values)


def test_a_checksum_is_compared_unless_told_otherwise(engine: str) -> None:
    """Catches an option without effect, whether it is on or off."""
    document = document_members()
    check_cut_off(document | {"codecs": [*document["codecs"], {"name": "crc32c"}]}, engine, -1)


@pytest.mark.parametrize("location", ["start", "end"])
def test_the_checksum_of_a_shards_index_is_one_of_them(engine: str, location: str) -> None:
    """Catches a shard that cannot be read, because the checksum of its index is still compared."""
    little = document_members()["codecs"]
    shard = {
        "chunk_shape": [1, 2],
        "codecs": little,
        "index_codecs": [*little, {"name": "crc32c"}],
        "index_location": location,
    }
    codecs = [{"name": "sharding_indexed", "configuration": shard}]
    place = 3 * 16 if location == "start" else -1
    check_cut_off(document_members(codecs=codecs), engine, place)


def test_the_checksums_of_subchunks_are_among_them(engine: str) -> None:
    """Catches a checksum within a shard that is still compared."""
    little = document_members()["codecs"]
    shard = {
        "chunk_shape": [3, 2],
        "codecs": [*little, {"name": "crc32c"}],
        "index_codecs": little,
        "index_location": "end",
    }
    codecs = [{"name": "sharding_indexed", "configuration": shard}]
    check_cut_off(document_members(codecs=codecs), engine, 12)


CHECKSUMS: dict[str, tuple[Any, int]] = {
    "crc32": (extra.CRC32(), 0),
    "crc32 at the end": (extra.CRC32(location="end"), -1),
    "crc32c": (extra.CRC32C(), -1),
    "adler32": (extra.Adler32(), 0),
    "fletcher32": (extra.Fletcher32(), -1),
    "jenkins_lookup3": (extra.JenkinsLookup3(), -1),
}


@pytest.mark.parametrize("name", CHECKSUMS)
@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
def test_checksums_of_numcodecs_are_among_them(name: str, engine: str) -> None:
    """Catches a checksum codec of numcodecs that is still compared."""
    codec, place = CHECKSUMS[name]
    array = zarr.create_array({}, shape=(3, 2), chunks=(3, 2), dtype="i4", compressors=codec)
    verdict = crud.explain(array.metadata, MemoryStore())[engine]
    if verdict.serves:
        check_cut_off(array.metadata, engine, place)
    else:
        assert engine != "reference"
        assert name.split()[0] in str(verdict.reason)


@pytest.mark.parametrize("name", CHECKSUMS)
@pytest.mark.parametrize("place", ["filter", "compressor"])
def test_checksums_of_format_2_are_among_them(name: str, place: str, engine: str) -> None:
    """Catches a checksum of format 2 that is still compared, as a filter or as the compressor."""
    codec, at = CHECKSUMS[name]
    array = zarr.create_array(
        {},
        shape=(3, 2),
        chunks=(3, 2),
        dtype="i4",
        zarr_format=2,
        filters=[codec._codec] if place == "filter" else None,
        compressors=codec._codec if place == "compressor" else None,
    )
    check_cut_off(array.metadata, engine, at)


@pytest.mark.parametrize("chain", [[{"name": "crc32c"}], "crc32"])
def test_bytes_shorter_than_a_checksum_are_damaged(chain: Any) -> None:
    """Catches bytes shorter than a checksum that are read as data."""
    document: Any = document_members()
    if chain == "crc32":
        document = zarr.create_array(
            {}, shape=3, chunks=3, dtype="i4", zarr_format=2, compressors=extra.CRC32()._codec
        ).metadata
    else:
        document = document | {"codecs": [*document["codecs"], *chain]}
    with pytest.raises(crud.DecodeError, match="less than its checksum"):
        crud.decode_chunk(document, b"abc", engine="reference", options=UNSEEN)


class Subclass(LocalStore):
    """A subclass that may have changed `get` and `set`."""


@pytest.mark.parametrize("option", [{"durability": "fsync"}, {"locking": "processes"}])
def test_what_a_store_cannot_do_is_refused_by_name(
    engine: str, option: dict[str, Any], tmp_path: Path
) -> None:
    """Catches an option that is silently ignored."""
    options = crud.Options(**option)
    document = document_members()
    stores: list[Store] = [MemoryStore(), Subclass(tmp_path)]
    for store in stores:
        with pytest.raises(crud.UnsupportedError, match="needs a LocalStore"):
            crud.write_chunk(document, store, (0, 0), 1, engine=engine, options=options)
        verdict = crud.explain(document, store, operation="write_region", options=options)[engine]
        assert not verdict.serves
        # Neither option concerns a read.
        crud.read_chunk(document, store, (0, 0), engine=engine, options=options, detached=True)
    crud.write_chunk(
        document, LocalStore(tmp_path), (0, 0), 1, engine=engine, options=options, detached=True
    )
    assert np.all(crud.read_chunk(document, tmp_path, (0, 0), engine=engine) == 1)


def test_the_codecs_alone_need_no_store(engine: str) -> None:
    """Catches a refusal of options about writers, which have no meaning without a store."""
    document = document_members()
    options = crud.Options(durability="fsync", locking="processes")
    data = crud.encode_chunk(document, 1, engine=engine, options=options)
    assert np.all(crud.decode_chunk(document, data, engine=engine, options=options) == 1)
