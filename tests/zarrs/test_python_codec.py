"""Codecs that exist only in Python, run by the extension: threads, exceptions, byte orders."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import numcodecs  # type: ignore[import-untyped]
import numpy as np
import pytest
from numcodecs.registry import codec_registry  # type: ignore[import-untyped]

import zarr
from zarr import crud
from zarr.crud.testing import assert_same
from zarr.storage import LocalStore, MemoryStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Inverted(numcodecs.abc.Codec):  # type: ignore[misc]
    """A codec that flips all bits, records its threads, and fails on request."""

    codec_id = "inverted"
    threads: set[int]
    failure: BaseException | None

    def encode(self, buf: Any) -> bytes:
        return self.decode(np.ascontiguousarray(buf))

    def decode(self, buf: Any, out: Any = None) -> bytes:
        type(self).threads.add(threading.get_ident())
        if (failure := type(self).failure) is not None:
            raise failure
        return bytes(~np.frombuffer(buf, "u1"))


@pytest.fixture
def inverted() -> Iterator[type[Inverted]]:
    """The codec, registered with numcodecs during a test."""
    Inverted.threads, Inverted.failure = set(), None
    codec_registry[Inverted.codec_id] = Inverted
    yield Inverted
    del codec_registry[Inverted.codec_id]


def array_with(codec: Any, store: Any, **options: Any) -> zarr.Array[Any]:
    usual: dict[str, Any] = {"shape": (512, 512), "chunks": (64, 64), "dtype": "i4"}
    return zarr.create_array(store, compressors=codec, zarr_format=2, **(usual | options))


@pytest.mark.parametrize("kind", ["local", "memory"])
def test_a_codec_runs_on_the_callers_thread(
    inverted: type[Inverted], kind: str, tmp_path: Path
) -> None:
    """Catches a codec from outside that is called on several threads, which it may not support."""
    store = LocalStore(tmp_path) if kind == "local" else MemoryStore()
    values = np.arange(512 * 512, dtype="i4").reshape(512, 512)
    document = array_with(inverted(), store).metadata
    crud.write_region(document, store, ..., values, engine="zarrs")
    assert_same(crud.read_region(document, store, engine="zarrs"), values)
    assert_same(crud.read_region(document, store, engine="reference"), values)
    assert inverted.threads == {threading.get_ident()}


def test_what_a_codec_raises_about_a_value_comes_out_as_it_is(inverted: type[Inverted]) -> None:
    """Catches an exception that is reported as damage, or as a defect of the engine."""
    store = MemoryStore()
    document = array_with(inverted(), store).metadata
    inverted.failure = OverflowError("too much")
    with pytest.raises(OverflowError) as caught:
        crud.write_region(document, store, ..., 1, engine="zarrs")
    assert caught.value is inverted.failure
    assert crud.list_chunks(document, store) == []


def test_what_a_codec_raises_about_stored_bytes_is_a_decode_error(
    inverted: type[Inverted],
) -> None:
    """Catches an error without the key, and an interrupt that is reported as damage."""
    store = MemoryStore()
    document = array_with(inverted(), store).metadata
    crud.write_region(document, store, ..., 1, engine="zarrs")
    inverted.failure = ValueError("not mine")
    with pytest.raises(crud.DecodeError, match=r"0\.0.*not mine"):
        crud.read_region(document, store, (0, 0), engine="zarrs")
    inverted.failure = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        crud.read_region(document, store, engine="zarrs")
    inverted.failure = None
    assert crud.read_region(document, store, (0, 0), engine="zarrs") == 1


def test_a_chunk_of_the_wrong_length_is_an_error(inverted: type[Inverted]) -> None:
    """Catches a result from Python that is copied without a check of its length."""
    store = MemoryStore()
    document = array_with(inverted(), store, shape=(4,), chunks=(4,), filters=[inverted()]).metadata
    for length in (0, 15, 17):
        crud.write_encoded_chunk(document, store, (0,), b"\0" * length)
        with pytest.raises(crud.DecodeError):
            crud.read_region(document, store, engine="zarrs")


def test_a_codec_in_the_place_of_one_of_numcodecs_is_the_one_that_runs(
    inverted: type[Inverted],
) -> None:
    """Catches a codec that is recognized by its name, and replaced by that of numcodecs."""
    usual = codec_registry["zlib"]
    codec_registry["zlib"] = type("Zlib", (inverted,), {"codec_id": "zlib"})
    try:
        store = MemoryStore()
        array = array_with(numcodecs.get_codec({"id": "zlib"}), store, shape=(4,), chunks=(4,))
        crud.write_region(array.metadata, store, ..., [1, 2, 3, 4], engine="zarrs")
        stored = crud.read_encoded_chunk(array.metadata, store, (0,))
        assert stored == bytes(~np.arange(1, 5, dtype="i4").view("u1"))
    finally:
        codec_registry["zlib"] = usual


@pytest.mark.filterwarnings("ignore:Numcodecs codecs are not in the Zarr version 3")
def test_an_array_made_with_foreign_byte_order_keeps_it() -> None:
    """Catches elements passed to Python's codecs in a byte order other than the native one."""
    store = MemoryStore()
    values = np.arange(35, dtype=">i4").reshape(7, 5)
    delta = zarr.codecs.numcodecs.Delta(dtype=">i4")
    metadata = zarr.create_array(store, data=values, chunks=(3, 2), filters=[delta]).metadata
    for engine in ("reference", "zarrs"):
        assert_same(crud.read_region(metadata, store, engine=engine), values)
        native = crud.read_region(crud.read_metadata(store), store, engine=engine)
        assert native.dtype == "i4"
