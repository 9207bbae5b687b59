"""Damaged strings and bytes of variable length: typed errors, and no crash."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numcodecs  # type: ignore[import-untyped]
import pytest
from hypothesis import given, settings

import zarr
from tests.zarrs.variable_length import DTYPES, stored, values_of
from zarr import crud
from zarr.codecs import BloscCodec, Crc32cCodec, GzipCodec, ZstdCodec
from zarr.storage import MemoryStore

pytestmark = [
    pytest.mark.filterwarnings("ignore::zarr.errors.UnstableSpecificationWarning"),
    pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3"),
]

CHAINS: dict[str, dict[str, Any]] = {
    "plain": {"compressors": None},
    "zstd": {"compressors": [ZstdCodec(level=1)]},
    "gzip": {"compressors": [GzipCodec(level=1)]},
    "blosc": {"compressors": [BloscCodec()]},
    "crc32c": {"compressors": [Crc32cCodec()]},
    "shard": {"compressors": None, "shards": (8,)},
    "format 2": {"compressors": None, "zarr_format": 2},
    "format 2, LZ4": {"compressors": numcodecs.LZ4(), "zarr_format": 2},
}


@st.composite
def changed(draw: st.DrawFn, whole: bytes) -> bytes:
    """Draw a damaged copy of stored bytes."""
    places = st.integers(0, len(whole) - 1)
    match draw(st.sampled_from(["flip", "cut", "longer", "garbage"])):
        case "flip":
            data = bytearray(whole)
            for place in draw(st.lists(places, min_size=1, max_size=3)):
                data[place] ^= 1 << draw(st.integers(0, 7))
            return bytes(data)
        case "cut":
            return whole[: draw(places)]
        case "longer":
            return whole + draw(st.binary(min_size=1, max_size=9))
        case _:
            return draw(st.binary(max_size=80))


@pytest.mark.parametrize("chain", CHAINS)
@pytest.mark.parametrize("kind", DTYPES)
@given(data=st.data())
@settings(max_examples=60)
def test_damaged_chunks_are_an_error_or_elements(
    chain: str, kind: str, data: st.DataObject
) -> None:
    """Catches errors other than `DecodeError` for flipped bits, truncated chunks and garbage."""
    store = MemoryStore()
    array = zarr.create_array(store, shape=(8,), chunks=(4,), dtype=DTYPES[kind], **CHAINS[chain])
    array[...] = values_of(kind, (8,), "a" if kind == "text" else b"a", 5)
    key, whole = min(stored(store).items())
    damaged = data.draw(changed(whole))
    store._store_dict[key] = zarr.core.buffer.cpu.Buffer.from_bytes(damaged)
    try:
        found = crud.read_region(array.metadata, store, engine="zarrs")
    except crud.DecodeError as err:
        assert key in str(err)  # noqa: PT017  # it may just as well succeed
    else:
        assert found.shape == (8,)
        assert all(isinstance(item, str if kind == "text" else bytes) for item in found.tolist())


def chunk(*elements: bytes) -> bytes:
    """The stored form of elements."""
    parts = [len(element).to_bytes(4, "little") + element for element in elements]
    return len(elements).to_bytes(4, "little") + b"".join(parts)


@pytest.mark.parametrize(
    ("stored", "reason"),
    [
        (b"", "before the number of its elements"),
        (chunk(b"a"), "1 elements where 2 are expected"),
        (b"\x03\0\0\0", "3 elements where 2"),
        (chunk(b"a", b"bc")[:-1], "within element 1 of 2"),
        (b"\2\0\0\0\xff\xff\xff\xffab", "within element 0 of 2"),
        (chunk(b"a", b"\xff"), "element 1 is not UTF-8"),
        (chunk(b"a", "\ud800".encode("utf-8", "surrogatepass")), "element 1 is not UTF-8"),
    ],
)
def test_damaged_elements_are_refused_with_key_and_reason(stored: bytes, reason: str) -> None:
    """Catches an engine that invents elements from damaged bytes, or that overwrites them."""
    store = MemoryStore()
    array = zarr.create_array(store, shape=(4,), chunks=(2,), dtype="T", compressors=None)
    store._store_dict["c/1"] = zarr.core.buffer.cpu.Buffer.from_bytes(stored)
    for engine in ("zarrs", "reference"):
        with pytest.raises(crud.DecodeError, match="c/1"):
            crud.read_region(array.metadata, store, engine=engine)
    with pytest.raises(crud.DecodeError, match=reason):
        crud.read_chunk(array.metadata, store, (1,), engine="zarrs")
    with pytest.raises(crud.DecodeError, match=reason):
        crud.write_region(array.metadata, store, 3, "x", engine="zarrs")
    assert store._store_dict["c/1"].to_bytes() == stored


@pytest.mark.parametrize("compressors", [None, [ZstdCodec()]])
def test_the_budget_counts_the_bytes_of_elements(compressors: Any) -> None:
    """Catches a budget that counts only elements, whose lengths are not limited."""
    store = MemoryStore()
    array = zarr.create_array(store, shape=(4,), chunks=(2,), dtype="T", compressors=compressors)
    crud.write_region(array.metadata, store, ..., "x" * 1000, engine="zarrs")
    for budget, fits in ((4100, True), (4000, False), (2500, False)):
        options = crud.Options(decoded_size_budget=budget)
        if fits:
            crud.read_region(array.metadata, store, engine="zarrs", options=options)
            continue
        with pytest.raises(crud.DecodedSizeError, match="budget"):
            crud.read_region(array.metadata, store, engine="zarrs", options=options)


def test_a_count_of_elements_reserves_no_memory() -> None:
    """Catches four bytes that cause an allocation of 32 GiB."""
    store = MemoryStore()
    array = zarr.create_array(store, shape=(4,), chunks=(2,), dtype="T", compressors=None)
    store._store_dict["c/1"] = zarr.core.buffer.cpu.Buffer.from_bytes(b"\xff\xff\xff\xff")
    with pytest.raises(crud.DecodeError, match="4294967295 elements where 2"):
        crud.read_region(array.metadata, store, engine="zarrs")


@pytest.mark.parametrize(
    ("filters", "name"),
    [
        ([numcodecs.Pickle()], "pickle"),
        ([numcodecs.VLenUTF8(), numcodecs.LZMA()], "lzma"),
        ([numcodecs.VLenUTF8(), numcodecs.Pickle()], "pickle"),
    ],
)
def test_other_codecs_of_objects_are_refused_by_name(filters: Any, name: str) -> None:
    """Catches bytes that only Python can decode, and data that would be executed as code."""
    array = zarr.create_array(MemoryStore(), shape=(4,), chunks=(2,), dtype="T", zarr_format=2)
    members = {**array.metadata.to_dict(), "filters": [codec.get_config() for codec in filters]}
    document: Any = {**members, "dtype": "|O", "attributes": {}}
    with pytest.raises((crud.UnsupportedError, crud.DocumentError), match=name):
        crud.read_region(document, MemoryStore(), engine="zarrs")
