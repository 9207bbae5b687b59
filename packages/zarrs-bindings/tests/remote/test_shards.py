"""What is requested for shards, and that all of it is of one version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import zarr
from tests.remote import stores
from tests.remote.server import etag_of
from zarr import crud
from zarr.codecs import BytesCodec, ShardingCodec
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server

NO_GAP = crud.Options(coalesce_max_gap=0)


def sharded(server: Server, **options: Any) -> Any:
    """Create an array of two shards of 64 subchunks of 256 bytes."""
    given = {"chunks": (8, 8), "shards": (64, 64), **options}
    return stores.make(server, (128, 64), dtype="i4", **given)


def opened(server: Server, options: crud.Options = NO_GAP) -> Any:
    """Open the array with options for its engine."""
    array = stores.opened(stores.native(server)).with_config({"engine_options": options})
    server.reset()
    return array


def ranges(server: Server) -> list[str | None]:
    """Return the ranges that were requested, in order."""
    return [request.range for request in server.requests]


@pytest.mark.parametrize("first", [False, True])
def test_an_element_of_a_shard_takes_two_requests(server: Server, first: bool) -> None:
    """Catches a request for the size, a third request as proof, and unwanted subchunks."""
    location: Any = "start" if first else "end"
    codec = ShardingCodec(chunk_shape=(8, 8), codecs=[BytesCodec()], index_location=location)
    data = sharded(server, chunks=(64, 64), shards=None, serializer=codec)
    array = opened(server)
    assert array[70, 9] == data[70, 9]
    index = "bytes=0-1027" if first else "bytes=-1028"
    assert [request.method for request in server.requests] == ["GET", "GET"]
    assert ranges(server)[0] == index
    assert server.sent == 1028 + 256
    value = server.objects["bucket/data/c/1/0"]
    assert server.requests[1].headers["if-match"] == etag_of(value)


def test_a_small_shard_takes_one_request(server: Server) -> None:
    """Catches a round trip for the index that takes longer than the rest of the shard."""
    data = sharded(server, compressors=None)
    array = opened(server, crud.Options())
    assert array[70, 9] == data[70, 9]
    assert ranges(server) == [None]
    server.reset()
    # The index is known now.
    assert array[100, 60] == data[100, 60]
    assert len(server.requests) == 1
    assert server.sent == 256


@pytest.mark.parametrize(
    ("where", "gap", "most", "is_whole"),
    [
        ((64, 56), 2048, 1 << 14, True),
        ((64, 40), 2048, 1 << 14, False),
        ((56, 64), 2048, 1 << 14, True),
        ((56, 64), 2047, 1 << 14, False),
        ((64, 56), 255, 1 << 14, False),
        ((64, 56), 2048, (1 << 14) - 1, False),
    ],
)
def test_a_shard_of_which_nearly_all_is_wanted_takes_one_request(
    server: Server, where: tuple[int, int], gap: int, most: int, is_whole: bool
) -> None:
    """Catches a round trip for an index that saves no bytes, and bytes beyond the options."""
    data = sharded(server, compressors=None)
    array = opened(server, crud.Options(coalesce_max_gap=gap, coalesce_max_bytes=most))
    rows, columns = where
    np.testing.assert_array_equal(array[:rows, :columns], data[:rows, :columns])
    assert (ranges(server) == [None]) == is_whole


def test_a_shard_at_the_edge_is_requested_whole_if_all_of_the_array_is_wanted(
    server: Server,
) -> None:
    """Catches subchunks beyond the end of the array that count as unwanted."""
    codec: Any = {"chunks": (8, 8), "shards": (64, 64)}
    data = stores.make(server, (70, 60), dtype="i4", **codec)
    array = opened(server)
    assert np.array_equal(array[...], data)
    assert ranges(server) == [None, None]


def test_a_known_index_is_not_requested_again(server: Server) -> None:
    """Catches an index that is requested at each read, and a read without proof of its version."""
    data = sharded(server)
    assert opened(server)[70, 9] == data[70, 9]
    # Another store object with the same settings, as in another task.
    array = opened(server)
    assert array[100, 40] == data[100, 40]
    assert [request.headers.get("if-match") for request in server.requests] == [
        etag_of(server.objects["bucket/data/c/1/0"])
    ]


@pytest.mark.parametrize("without_conditions", [False, True])
@pytest.mark.parametrize("compressors", [None, "auto"])
def test_an_index_that_is_out_of_date_is_requested_again(
    server: Server, without_conditions: bool, compressors: Any
) -> None:
    """Catches subchunks of a new shard at the places of an old one."""
    data = sharded(server, compressors=compressors, fill_value=0)
    array = opened(server)
    assert array[70, 9] == data[70, 9]
    other = np.where(data % 3 == 0, data * 77, 0)
    other[64:80] = 0
    zarr.open_array(ObjectStore(stores.s3(server)), mode="r+")[...] = other

    def ignore(request: Request, reply: Reply) -> None:
        if without_conditions and reply.status == 412:
            value = server.objects[request.path]
            first, last = map(int, (request.range or "")[6:].split("-"))
            reply.status, reply.body = 206, value[first : last + 1]
            reply.headers = {
                "ETag": etag_of(value),
                "Content-Range": f"bytes {first}-{first + len(reply.body) - 1}/{len(value)}",
                "Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT",
            }

    server.hook = ignore
    for options in (NO_GAP, crud.Options(coalesce_max_gap=0, immutable_store=True)):
        again = opened(server, options)
        assert np.array_equal(again[66:100:9, ::9], other[66:100:9, ::9])


def test_a_known_shard_that_vanishes_is_missing(server: Server) -> None:
    """Catches an error for a shard that was deleted after its index was read."""
    data = sharded(server, fill_value=-1)
    array = opened(server)
    assert array[70, 9] == data[70, 9]
    del server.objects["bucket/data/c/1/0"]
    server.reset()
    assert array[70, 9] == -1
    assert len(server.requests) == 2


def test_a_known_index_without_what_is_wanted_proves_nothing(server: Server) -> None:
    """Catches fill values from an index that nobody compared with the shard."""
    data = sharded(server, fill_value=0)
    store = ObjectStore(stores.s3(server))
    zarr.open_array(store, mode="r+")[64:72, :8] = 0
    array = opened(server)
    assert array[64, 0] == 0
    zarr.open_array(store, mode="r+")[64:72, :8] = data[64:72, :8]
    assert array[64, 0] == data[64, 0]


def test_a_whole_shard_takes_one_request(server: Server) -> None:
    """Catches an index that is requested although everything is wanted."""
    data = sharded(server)
    array = opened(server)
    assert np.array_equal(array[...], data)
    assert ranges(server) == [None, None]


def test_ranges_are_joined_as_the_options_say(server: Server) -> None:
    """Catches a gap or a size that is not followed."""
    data = sharded(server, compressors=None)

    def requested(options: crud.Options) -> int:
        array = opened(server, options)
        assert np.array_equal(array[:64:40, :20], data[:64:40, :20])
        return sum(not (one or "").startswith("bytes=-") for one in ranges(server))

    # Six subchunks in two rows, in Morton order: four runs that lie apart.
    apart = requested(crud.Options(coalesce_max_gap=0))
    joined = requested(crud.Options(coalesce_max_gap=3000))
    single = requested(crud.Options(coalesce_max_gap=0, coalesce_max_bytes=1))
    assert (joined < apart <= single, single) == (True, 6)


def replace_during(server: Server, new: bytes, when: str) -> None:
    """Replace the first shard as soon as a request with this range was answered."""

    def hook(request: Request, reply: Reply) -> None:
        if request.path == "bucket/data/c/0/0" and (request.range or "").startswith(when):
            server.objects[request.path] = new

    server.hook = hook


@pytest.mark.parametrize("etag", [True, False])
@pytest.mark.parametrize("compressors", [None, "auto"])
def test_a_shard_that_is_replaced_is_read_in_one_version(
    server: Server, etag: bool, compressors: Any
) -> None:
    """Catches a mixture of two versions.

    Without tags, a shard with the same index may be a mixture of whole subchunks.
    """
    data = sharded(server, compressors=compressors, fill_value=0)
    old = dict(server.objects)
    for other in (data + 1000, np.where(data % 3 == 0, data * 77, 0)):
        array = zarr.open_array(ObjectStore(stores.s3(server)), mode="r+")
        array[...] = other
        new = server.objects["bucket/data/c/0/0"]
        server.objects.update(old)
        server.without_etag = not etag
        # The second event happens between two ranges.
        for when in ("bytes=-", "bytes="):
            server.objects.update(old)
            replace_during(server, new, when)
            found = opened(server)[:64:40, ::9]
            server.hook = None
            versions = [one[:64:40, ::9] for one in (data, other)]
            # Each of the elements is in a subchunk of its own.
            same = [found == version for version in versions]
            assert same[0].all() or same[1].all() or (not etag and (same[0] | same[1]).all())
            assert np.array_equal(opened(server)[:64, :64], other[:64])


def test_a_replaced_shard_is_requested_whole_once(server: Server) -> None:
    """Catches a read that begins again and again while others write."""
    data = sharded(server, compressors=None)
    versions = iter(range(1, 100))

    def hook(request: Request, reply: Reply) -> None:
        if request.path == "bucket/data/c/0/0":
            value = bytearray(server.objects[request.path])
            value[: 64 * 256] = np.full(64 * 64, next(versions), "i4").tobytes()
            server.objects[request.path] = bytes(value)

    array = opened(server)
    server.hook = hook
    found = array[:64:40, ::9]
    assert np.unique(found).size == 1
    assert not np.array_equal(found, data[:64:40, ::9])
    assert ranges(server)[-1] is None
    assert ranges(server).count(None) == 1


@pytest.mark.parametrize("etag", [True, False])
def test_a_missing_shard_costs_one_request(server: Server, etag: bool) -> None:
    """Catches a missing shard that is requested again, and one that vanishes during a read."""
    data = sharded(server, fill_value=-1)
    server.without_etag = not etag
    kept = server.objects.pop("bucket/data/c/0/0")
    array = opened(server)
    assert array[3, 3] == -1
    assert len(server.requests) == 1
    server.objects["bucket/data/c/0/0"] = kept

    def vanish(request: Request, reply: Reply) -> None:
        server.objects.pop(request.path, None)

    server.hook = vanish
    assert array[3, 3] in (data[3, 3], -1)


@pytest.mark.parametrize("protocol", ["s3", "http"])
def test_a_server_without_ranges_is_asked_for_whole_values(server: Server, protocol: str) -> None:
    """Catches an error, wrong bytes, and a server that is asked for ranges again and again."""
    data = sharded(server)

    def ignore(request: Request, reply: Reply) -> None:
        if reply.status == 206:
            reply.status, reply.body = 200, server.objects[request.path]
            del reply.headers["Content-Range"]

    server.hook = ignore
    inner = stores.s3(server) if protocol == "s3" else stores.http(server)
    array = stores.opened(ObjectStore(inner)).with_config({"engine_options": NO_GAP})
    server.reset()
    assert array[3, 3] == data[3, 3]
    # It is asked for the size, too, and whether it serves a range with a first byte.
    assert len(server.requests) == 4
    server.reset()
    assert np.array_equal(array[::40, ::30], data[::40, ::30])
    # The other shard shows that the first one is no exception.
    assert ranges(server).count(None) == 3
    assert ranges(server).count("bytes=-1028") == 1
    assert len(server.requests) == 5
    for _ in range(2):
        server.reset()
        assert np.array_equal(array[::40, ::30], data[::40, ::30])
        assert ranges(server) == [None, None]


@pytest.mark.parametrize("damage", ["short", "empty", "lying"])
def test_a_damaged_shard_is_an_error_that_names_its_key(server: Server, damage: str) -> None:
    """Catches bytes outside of a shard, and a panic for a shard that has no index."""
    sharded(server)
    value = server.objects["bucket/data/c/1/0"]
    server.objects["bucket/data/c/1/0"] = {
        "short": value[:100],
        "empty": b"",
        "lying": b"\x00" * len(value),
    }[damage]
    array = opened(server)
    for etag in (True, False):
        server.without_etag = not etag
        with pytest.raises(RuntimeError, match=r"decode-failed: .*c/1/0"):
            array[70, 9]


@pytest.mark.parametrize("etag", [True, False])
@pytest.mark.parametrize("immutable", [True, None])
def test_damage_in_the_last_answer_is_an_error(
    server: Server, etag: bool, immutable: bool | None
) -> None:
    """Catches elements that are not set: bytes that do not decode, of an unchanged index."""
    sharded(server, compressors="auto")
    value = bytearray(server.objects["bucket/data/c/1/0"])
    value[: len(value) - 1028] = bytes(len(value) - 1028)
    server.objects["bucket/data/c/1/0"] = bytes(value)
    server.without_etag = not etag
    options = crud.Options(coalesce_max_gap=0, immutable_store=immutable)
    # One subchunk has one answer, which is the last one.
    with pytest.raises(Exception, match=r"c/1/0.* cannot be decoded"):
        opened(server, options)[70, 9]


@pytest.mark.parametrize("etag", [True, False])
def test_a_damaged_subchunk_is_an_error(server: Server, etag: bool) -> None:
    """Catches damage that is taken for a replaced shard for ever."""
    sharded(server, compressors="auto")
    value = bytearray(server.objects["bucket/data/c/1/0"])
    value[: len(value) - 1028] = bytes(len(value) - 1028)
    server.objects["bucket/data/c/1/0"] = bytes(value)
    server.without_etag = not etag
    with pytest.raises(RuntimeError, match=r"decode-failed: .*c/1/0"):
        opened(server)[64::40, ::9]
