"""What codec objects specify beyond the document: their class, and the order of subchunks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
import pytest

import zarr
from zarr.codecs import BytesCodec, GzipCodec, ShardingCodec
from zarr.codecs.sharding import SubchunkWriteOrder
from zarr.crud import UnsupportedError
from zarr.crud.testing import assert_same
from zarr.registry import register_codec
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer

VALUES = np.arange(35, dtype="i2").reshape(7, 5)


class Counting(GzipCodec):
    """A codec that has another codec's name and counts its calls."""

    calls = 0

    def _encode_sync(self, chunk_bytes: Buffer, chunk_spec: ArraySpec) -> Buffer | None:
        type(self).calls += 1
        return super()._encode_sync(chunk_bytes, chunk_spec)

    def _decode_sync(self, chunk_bytes: Buffer, chunk_spec: ArraySpec) -> Buffer:
        type(self).calls += 1
        return super()._decode_sync(chunk_bytes, chunk_spec)


@pytest.mark.parametrize("shards", [None, (6, 4)])
def test_a_codec_in_the_place_of_a_known_one_is_called(shards: Any) -> None:
    """Catches a class that is registered under a known name and bypassed by the extension."""
    register_codec("gzip", Counting)
    with zarr.config.set({"codecs.gzip": f"{Counting.__module__}.{Counting.__qualname__}"}):
        array: Any = zarr.create_array(
            MemoryStore(),
            shape=(7, 5),
            chunks=(3, 2),
            shards=shards,
            dtype="i2",
            compressors=Counting(),
            engine="zarrs",
        )
        Counting.calls = 0
        array[...] = VALUES
        # Nine chunks, including those in the shards at the array's end.
        assert Counting.calls == 9
        assert_same(array[...], VALUES)
        assert Counting.calls == 18
    assert_same(zarr.open_array(array.store)[...], VALUES)


def test_a_codec_that_is_not_registered_is_refused() -> None:
    """Catches an unregistered class that is replaced by the one registered under its name."""
    made: Any = zarr.create_array(MemoryStore(), shape=5, dtype="i2", compressors=Counting())
    with pytest.raises(UnsupportedError, match="'Counting', which is not registered"):
        made.with_engine("zarrs")


def test_a_codec_that_stores_nothing_loses_nothing() -> None:
    """Catches values that a codec drops, and that read back as the fill value."""

    class Dropping(GzipCodec):
        def _encode_sync(self, chunk_bytes: Buffer, chunk_spec: ArraySpec) -> Buffer | None:
            return None

    register_codec("gzip", Dropping, qualname="tests.Dropping")
    with zarr.config.set({"codecs.gzip": "tests.Dropping"}):
        array: Any = zarr.create_array(
            MemoryStore(), shape=5, dtype="i2", compressors=Dropping(), engine="zarrs"
        )
        with pytest.raises(ValueError, match="store nothing for this chunk"):
            array[...] = 1
        assert not array[...].any()


@pytest.mark.parametrize("order", get_args(SubchunkWriteOrder))
@pytest.mark.parametrize("index_location", ["start", "end"])
def test_subchunks_are_stored_in_the_order_that_is_asked_for(
    order: SubchunkWriteOrder, index_location: Literal["start", "end"]
) -> None:
    """Catches an order that is lost because the document does not contain it."""

    def stored(engine: str) -> bytes:
        store = MemoryStore()
        codec = ShardingCodec(
            chunk_shape=(1, 2),
            codecs=[BytesCodec()],
            index_location=index_location,
            subchunk_write_order=order,
        )
        options: dict[str, Any] = {"serializer": codec, "compressors": None, "fill_value": 0}
        array: Any = zarr.create_array(
            store, shape=(3, 6), chunks=(3, 6), dtype="i2", engine=engine, **options
        )
        array[...] = np.arange(18).reshape(3, 6) + 1
        # Existing subchunks stay where the order puts them.
        array[1, 2] = 99
        return store._store_dict["c/0/0"].to_bytes()

    assert stored("zarrs") == stored("zarr")
