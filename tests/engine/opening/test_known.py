"""The constructor of arrays uses what is known, if they are given only an engine."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest

import zarr
from zarr._engine.engines.names import Asked
from zarr._engine.opening import known
from zarr.codecs import BytesCodec, ShardingCodec
from zarr.crud import UnsupportedError, register_backend
from zarr.crud._document.cache import as_document
from zarr.crud.reference import ReferenceBackend
from zarr.storage import MemoryStore

MADE: dict[str, Any] = {"shape": (7, 5), "chunks": (3, 2), "dtype": "i2"}


@pytest.fixture
def store() -> MemoryStore:
    """A store with an array."""
    store = MemoryStore()
    zarr.create_array(store, name="a", **MADE)[...] = 3
    return store


def test_known_arrays_are_like_the_first(store: MemoryStore) -> None:
    """Catches an attribute that only the array that was parsed has."""
    first: Any = zarr.open_array(store, path="a", engine="zarrs")
    second: Any = zarr.open_array(store, path="a", engine="zarrs")
    assert first._async_array.__dict__.keys() == second._async_array.__dict__.keys()
    assert first.config == second.config
    assert first == second
    assert (first[...] == second[...]).all()
    again = pickle.loads(pickle.dumps(zarr.open_array({}, mode="w", **MADE, engine="zarrs")))
    assert again.engine == "zarrs"


def test_the_configuration_is_the_current_one(store: MemoryStore) -> None:
    """Catches settings of an earlier array, and those of another engine."""

    def opened(**given: Any) -> Any:
        return zarr.open_array(store, path="a", **given)

    assert opened(engine="zarrs").config.order == "C"
    with zarr.config.set({"array.order": "F"}):
        assert opened(engine="zarrs").config.order == "F"
    assert opened(engine="zarrs").config.order == "C"
    assert opened(engine="reference").engine == "reference"
    assert opened(engine="zarrs", config={"order": "F"}).config.order == "F"
    with zarr.config.set({"array.engine": "zarrs"}):
        assert opened().engine == "zarrs"
        assert opened(config={"engine": "zarr"}).engine == "zarr"
    assert opened().engine == "zarr"
    with zarr.config.set({"array.engine_options": {"missing_chunks": "error"}}):
        opened(engine="zarrs").resize((9, 9))
        with pytest.raises(zarr.errors.ChunkNotFoundError):
            opened(engine="zarrs")[8, 8]


def test_an_engine_is_asked_about_every_array(store: MemoryStore) -> None:
    """Catches an array that opens because an equal one once did."""

    class Moody(ReferenceBackend):
        name = "moody"
        reason: str | None = None

        def supports(self, *arguments: Any) -> str | None:
            return self.reason

    moody = Moody()
    with register_backend(moody):
        zarr.open_array(store, path="a", engine="moody")
        moody.reason = "it will not"
        with pytest.raises(UnsupportedError, match="it will not"):
            zarr.open_array(store, path="a", engine="moody")


def test_only_a_name_alone_is_known(store: MemoryStore) -> None:
    """Catches `"auto"`, which logs for each array why an engine refuses it, and objects."""
    assert known._engine_alone({"engine": Asked("zarrs")}) == "zarrs"
    for engine in ("auto", "zarr"):
        asked = Asked(engine)
        assert known._engine_alone({"engine": asked}) is None
    assert known._engine_alone({"engine": "zarrs"}) is None
    assert known._engine_alone(None) is None
    assert known._engine_alone({"order": "C"}) is None


def test_new_arrays_of_equal_metadata_are_checked_once_and_are_their_own() -> None:
    """Catches a new array that is asked about again, has another's metadata, or is not asked."""
    store = MemoryStore()
    group = zarr.create_group(store, engine="zarrs")
    made = [group.create_array(name, **MADE, attributes={"n": name}) for name in "xab"]
    _, first, second = made
    assert as_document(first.metadata) is as_document(second.metadata)
    assert first.metadata is not second.metadata
    assert dict(second.attrs) == {"n": "b"}
    assert dict(zarr.open_array(store, path="b").attrs) == {"n": "b"}
    second[...] = 7
    assert first[0, 0] == 0
    third = group.create_array("c", **{**MADE, "fill_value": 5})
    assert third[0, 0] == 5


def test_what_an_engine_cannot_write_is_not_created_again() -> None:
    """Catches a new array of equal metadata that an engine only reads."""

    class Reading(ReferenceBackend):
        name = "reading"

        def supports(self, document: Any, location: Any, operation: str, *_: Any) -> str | None:
            return "it only reads" if operation.startswith("write") else None

    store = MemoryStore()
    with register_backend(Reading()):
        zarr.create_array(store, name="a", **MADE)
        for _ in range(2):
            zarr.open_array(store, path="a", engine="reading")
            with pytest.raises(UnsupportedError, match="it only reads"):
                zarr.create_array(store, name="b", **MADE, engine="reading")
    assert "b/zarr.json" not in store._store_dict


def test_new_arrays_differ_in_what_no_document_says() -> None:
    """Catches the byte order or the order of subchunks of another array with an equal document."""
    group: Any = zarr.create_group(MemoryStore(), engine="zarrs")
    for turn in range(2):
        for order in ("<i2", ">i2"):
            made: dict[str, Any] = {"shape": 3, "dtype": order, "serializer": BytesCodec()}
            array = group.create_array(f"{order[0] == '<'}{turn}", **made)
            assert array.dtype == np.dtype(order)
            assert array[...].dtype == np.dtype(order)
    orders: list[bytes] = []
    for name in ("lexicographic", "colexicographic", "lexicographic"):
        order_of: Any = name
        shards = ShardingCodec(chunk_shape=(1, 1), subchunk_write_order=order_of)
        array = group.create_array(
            f"shards{len(orders)}",
            shape=(2, 2),
            chunks=(2, 2),
            dtype="i1",
            serializer=shards,
            compressors=None,
        )
        array[...] = [[1, 2], [3, 4]]
        assert array.metadata.codecs[0].subchunk_write_order == name
        orders.append(group.store._store_dict[f"{array.path}/c/0/0"].to_bytes()[:4])
    assert orders == [bytes([1, 2, 3, 4]), bytes([1, 3, 2, 4]), bytes([1, 2, 3, 4])]
    stored: Any = zarr.open_array(group.store, path="False0", engine="zarrs")
    native: Any = zarr.open_array(group.store, path="False0")
    assert stored.metadata.data_type == native.metadata.data_type


def test_a_configured_engine_is_not_asked(store: MemoryStore) -> None:
    """Catches an array that does not open because its configured engine comes later."""
    with zarr.config.set({"array.engine": "later"}):
        for _ in range(2):
            assert zarr.open_array(store, path="a").engine == "later"


def test_a_document_that_no_engine_reads_opens_each_time() -> None:
    """Catches an array of a configured engine that opens as long as no equal one was opened."""
    store = MemoryStore()
    zarr.create_array(store, name="a", **{**MADE, "shape": (1 << 64, 5)})
    with zarr.config.set({"array.engine": "zarrs"}):
        for _ in range(3):
            assert zarr.open_array(store, path="a").shape == (1 << 64, 5)
            assert dict(zarr.open_group(store).arrays())["a"].shape == (1 << 64, 5)


def test_the_bits_of_a_fill_value_are_those_of_the_array() -> None:
    """Catches a NaN that takes its bits from another array."""
    group: Any = zarr.create_group(MemoryStore(), engine="zarrs")
    for turn in range(2):
        for bits in (0x7FC00000, 0x7FC12345, 0x7FC00001):
            value = np.uint32(bits).view("f4")
            array = group.create_array(f"{bits}-{turn}", shape=3, dtype="f4", fill_value=value)
            assert array[...].view("u4").tolist() == [bits] * 3
            again: Any = zarr.open_array(group.store, path=array.path, engine="zarrs")
            assert again[...].view("u4").tolist() == [bits] * 3
