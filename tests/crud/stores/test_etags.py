"""ETags: parts of a value that are known to be of one value."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest

import zarr
from tests.crud.object_server import Tags, serving
from zarr.abc.store import OffsetByteRequest, RangeByteRequest, SuffixByteRequest
from zarr.codecs import ZstdCodec
from zarr.core.buffer import default_buffer_prototype
from zarr.crud._stores.etags import get_tagged, gives_etags
from zarr.storage import MemoryStore, ObjectStore, WrapperStore

if TYPE_CHECKING:
    from pathlib import Path

PROTOTYPE = default_buffer_prototype()
VALUE = b"0123456789"
LENGTH = 1 << 10
VALUES = np.random.default_rng(1).integers(0, 1 << 20, LENGTH, dtype="i4")


def tagged(store: Any, key: str, byte_range: Any) -> tuple[bytes | None, str | None]:
    """A part of a value, and its tag."""
    found, tag = asyncio.run(get_tagged(store, key, PROTOTYPE, byte_range))
    return None if found is None else found.to_bytes(), tag


@pytest.mark.parametrize("kind", ["memory", "files"])
def test_parts_of_one_value_have_one_tag(kind: str, tmp_path: Path) -> None:
    """Catches wrong bytes of a range, and a replaced value with the tag of the old one."""
    inner: Any = obstore.store.MemoryStore()
    if kind == "files":
        inner = obstore.store.LocalStore(tmp_path)
    store = ObjectStore(inner)
    assert gives_etags(store)
    expected = {
        None: VALUE,
        RangeByteRequest(2, 5): b"234",
        RangeByteRequest(7, 10): b"789",
        SuffixByteRequest(3): b"789",
        SuffixByteRequest(99): VALUE,
        OffsetByteRequest(8): b"89",
    }
    tags = []
    for _ in range(2):
        obstore.put(inner, "k", VALUE)
        found = {part: tagged(store, "k", part) for part in expected}
        assert {part: value for part, (value, _) in found.items()} == expected
        [tag] = {tag for _, tag in found.values()}
        tags.append(tag)
    assert tags[0] != tags[1]
    assert None not in tags
    assert tagged(store, "absent", None) == (None, None)
    assert tagged(store, "absent", RangeByteRequest(0, 2)) == (None, None)
    for beyond in (RangeByteRequest(10, 12), RangeByteRequest(99, 100), RangeByteRequest(4, 4)):
        assert tagged(store, "k", beyond) == (b"", None)


def test_an_error_of_the_store_is_its_own() -> None:
    """Catches an error that reads as an empty or an absent value."""
    never: Any = {"max_retries": 0}
    store = ObjectStore(
        obstore.store.HTTPStore.from_url("https://localhost:1/", retry_config=never)
    )
    with pytest.raises(obstore.exceptions.BaseError):
        tagged(store, "k", RangeByteRequest(0, 2))


def test_a_store_with_its_own_get_gives_no_tags() -> None:
    """Catches a class whose own `get` is bypassed."""

    class Own(ObjectStore[Any]):
        async def get(self, *args: Any, **kwargs: Any) -> Any:
            return await super().get(*args, **kwargs)

    class Same(ObjectStore[Any]):
        pass

    inner = obstore.store.MemoryStore()
    assert gives_etags(Same(inner))
    assert not gives_etags(Own(inner))
    assert not gives_etags(WrapperStore(ObjectStore(inner)))
    assert not gives_etags(MemoryStore())


def written(*codecs: Any) -> dict[str, bytes]:
    """The keys and values of an array of one shard."""
    store = MemoryStore()
    zarr.create_array(store, data=VALUES, chunks=(64,), shards=(LENGTH,), compressors=codecs)
    return {key: value.to_bytes() for key, value in store._store_dict.items()}


WANTED = [130, 700, 1000]


@pytest.mark.parametrize("service", ["http", "s3"])
@pytest.mark.parametrize(("tags", "more"), [("right", 0), ("weak", 1), ("absent", 1), ("wrong", 1)])
def test_a_service_gets_no_more_requests_than_its_tags_need(
    engine: str, service: str, tags: Tags, more: int
) -> None:
    """Catches a third round trip to a service with ETags, and trust in ETags that prove nothing."""
    with serving(tags) as server:
        prefix = "" if service == "http" else "bucket/"
        server.values = {prefix + key: value for key, value in written(ZstdCodec()).items()}
        plain = {"allow_http": True}
        store: Any = obstore.store.HTTPStore.from_url(server.url, client_options=plain)  # type: ignore[arg-type]
        if service == "s3":
            store = obstore.store.S3Store(
                "bucket",
                endpoint=server.url,
                region="x",
                skip_signature=True,
                client_options=plain,  # type: ignore[arg-type]
            )
        counts = {}
        for name in ("zarr", engine):
            config: Any = {"sharding_coalesce_max_gap_bytes": 0}
            array: Any = zarr.open_array(
                ObjectStore(store, read_only=True), mode="r", engine=name, config=config
            )
            server.ranges.clear()
            np.testing.assert_array_equal(array.vindex[WANTED], VALUES[WANTED])
            counts[name] = len(server.ranges)
            assert None not in server.ranges
        assert counts["zarr"] == 4
        assert counts[engine] == counts["zarr"] + more


@pytest.mark.parametrize("rest", range(1, 5))
@pytest.mark.parametrize("compress", [True, False])
def test_a_value_that_is_replaced_meanwhile_is_old_or_new(
    engine: str, *, compress: bool, rest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches subchunks of another value than that of the index."""
    inner = obstore.store.MemoryStore()
    store = ObjectStore(inner)
    codecs = [ZstdCodec()] if compress else []
    keys: Any = {"chunks": (64,), "shards": (LENGTH,), "compressors": codecs}
    new = VALUES.copy()
    new[:64] = 0
    new[64:] += 1
    array: Any = zarr.create_array(store, data=new, engine="zarr", **keys)
    later = obstore.get(inner, "c/0").bytes()
    array[...] = VALUES
    get, calls = obstore.get_async, []

    async def meddling(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        if len(calls) == rest:
            await obstore.put_async(inner, "c/0", bytes(later))
        return await get(*args, **kwargs)

    config: Any = {"sharding_coalesce_max_gap_bytes": 0}
    ours: Any = zarr.open_array(store, mode="r", engine=engine, config=config)
    monkeypatch.setattr(obstore, "get_async", meddling)
    found = ours.vindex[WANTED]
    assert len(calls) >= rest
    for place, value in zip(WANTED, found, strict=True):
        assert value in (VALUES[place], new[place])
