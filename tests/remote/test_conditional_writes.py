"""Parts of chunks are replaced only if nobody else has changed the chunk meanwhile."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import obstore
import pytest

import zarr
from tests.patience import HANG, until
from tests.remote import stores
from tests.remote.conflicts import LAYOUTS, WRITERS, Writer, on_put, once
from zarr import crud
from zarr.crud._stores import attempts
from zarr.crud._stores.latch import Latch
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from tests.remote.server import Reply, Request, Server

GET, PUT, SAME, NEW = "GET", "PUT", "PUT if-match", "PUT if-none-match"
kinds = pytest.mark.parametrize("kind", WRITERS)
lockings = pytest.mark.parametrize("locking", ["auto", "conditional"])


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Attempts follow each other at once."""
    monkeypatch.setattr(attempts, "_LONGEST_PAUSE", 0.001)


@kinds
@lockings
def test_a_part_of_a_chunk_takes_one_get_and_one_put(
    server: Server, kind: str, locking: Any
) -> None:
    """Catches a put without a condition, and requests that nobody needs."""
    writer = Writer(server, kind)
    writer.write(1, 1, locking=locking)
    assert writer.sent() == [GET, NEW]
    writer.fill()
    writer.write(1, 101, locking=locking)
    assert writer.sent() == [GET, SAME]
    server.reset()
    writer.write(slice(1, 15), 0, locking=locking)
    assert sorted(writer.sent()) == [GET, GET, SAME, SAME]
    server.reset()
    writer.write(slice(0, 8), 5, locking=locking)
    assert writer.sent() == [PUT]
    assert writer.read() == [5] * 8 + [0] * 7 + [15]


@kinds
def test_threads_alone_need_no_condition(server: Server, kind: str) -> None:
    """Catches an option that is ignored."""
    writer = Writer(server, kind)
    writer.fill()
    writer.write(1, 101, locking="threads")
    assert writer.sent() == [GET, PUT]


@kinds
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("twin", [False, True], ids=["sync", "async"])
def test_an_element_that_is_written_meanwhile_is_kept(
    server: Server, kind: str, layout: str, *, twin: bool
) -> None:
    """Catches a chunk that is put with the elements that were read before the conflict."""
    writer = Writer(server, kind, layout)
    writer.fill()
    once(server, writer.key, writer.theirs(2, 102))
    writer.write(1, writer.value(101), twin=twin)
    assert writer.sent() == [GET, SAME, GET, SAME]
    expected = list(writer.values)
    expected[1], expected[2] = writer.value(101), writer.value(102)
    assert writer.read() == expected


@kinds
@pytest.mark.parametrize("layout", ["format 3", "shard"])
def test_a_chunk_that_is_made_meanwhile_is_kept(server: Server, kind: str, layout: str) -> None:
    """Catches a new chunk that replaces one that was absent when it was looked for."""
    writer = Writer(server, kind, layout)
    server.reset()
    once(server, writer.key, writer.theirs(2, 102, of=False))
    writer.write(1, 101)
    assert writer.sent() == [GET, NEW, GET, SAME]
    assert writer.read() == [0, 101, 102, *[0] * 13]


@kinds
@pytest.mark.parametrize("layout", ["format 3", "shard"])
def test_a_chunk_that_is_deleted_meanwhile_is_made_anew(
    server: Server, kind: str, layout: str
) -> None:
    """Catches elements that were deleted, and come back."""
    writer = Writer(server, kind, layout)
    writer.fill()
    once(server, writer.key, None)
    writer.write(1, 101)
    assert writer.sent() == [GET, SAME, GET, NEW]
    assert writer.read()[:8] == [0, 101, *[0] * 6]


@kinds
@pytest.mark.parametrize("layout", [*LAYOUTS])
def test_a_part_that_leaves_only_the_fill_value_is_stored_as_such(
    server: Server, kind: str, layout: str
) -> None:
    """Catches a deletion, which has no condition, and so deletes what another writer wrote."""
    writer = Writer(server, kind, layout)
    empty = "" if writer.layout["dtype"] is str else 0
    writer.write(1, writer.value(101))
    server.reset()
    writer.write(1, empty)
    assert writer.sent() == [GET, SAME]
    assert writer.read() == [empty] * 16
    once(server, writer.key, writer.theirs(2, 102, of=False))
    server.reset()
    writer.write(1, empty)
    assert writer.sent() == [GET, SAME, GET, SAME]
    assert writer.read()[:3] == [empty, empty, writer.value(102)]


@kinds
@pytest.mark.parametrize("layout", [*LAYOUTS])
def test_fill_values_in_an_absent_chunk_are_not_stored(
    server: Server, kind: str, layout: str
) -> None:
    """Catches a chunk that is stored although it was absent and remains empty."""
    writer = Writer(server, kind, layout)
    server.reset()
    writer.write(1, "" if writer.layout["dtype"] is str else 0)
    assert writer.sent() == [GET]


@kinds
def test_only_the_chunk_in_conflict_is_written_again(server: Server, kind: str) -> None:
    """Catches a conflict in one chunk that repeats the requests for all of them."""
    writer = Writer(server, kind)
    writer.fill()
    once(server, writer.key, writer.theirs(2, 102))
    writer.write(slice(1, 15, 3), 7)
    assert sorted(writer.sent()) == [GET] * 3 + [SAME] * 3
    expected = [7 if n % 3 == 1 and n < 15 else n for n in range(16)]
    expected[2] = 102
    assert writer.read() == expected


@kinds
def test_a_put_whose_answer_was_lost_is_no_conflict(server: Server, kind: str) -> None:
    """Catches a third put of bytes that are stored already: obstore repeats a put after a 503, and
    is refused, because the first one had succeeded.
    """
    writer = Writer(server, kind)

    def lose(reply: Reply) -> None:
        reply.status = 503

    for before, put in (([GET], NEW), ([GET], SAME)):
        server.reset()
        on_put(server, lose, 1)
        writer.write(1, 101 if put == NEW else 102)
        assert writer.sent() == [*before, put, put, GET]
    assert writer.read()[:3] == [0, 102, 0]


@kinds
def test_a_put_that_is_never_answered_is_repeated(server: Server, kind: str) -> None:
    """Catches an error where a put without a condition would be repeated after a timeout."""
    writer = Writer(server, kind, client_options={"timeout": "2s"})
    writer.fill()

    def keep_silent(reply: Reply) -> None:
        reply.when = lambda: False

    on_put(server, keep_silent, 1)
    writer.write(1, 101)
    assert writer.sent() == [GET, SAME, GET]
    assert writer.read()[:3] == [0, 101, 2]


@kinds
def test_a_store_that_always_refuses_is_an_error(server: Server, kind: str) -> None:
    """Catches a write that never ends."""
    writer = Writer(server, kind)
    writer.fill()

    def refuse(request: Request, reply: Reply) -> None:
        if request.method == "PUT":
            server.objects[writer.key] = before
            reply.status = 412

    before = server.objects[writer.key]
    server.hook = refuse
    with pytest.raises(crud.UnsupportedError, match=r"'c/0' .* it has not; use locking='threads'"):
        writer.write(1, 101)
    server.hook = None
    writer.write(1, 102)
    assert writer.read()[:3] == [0, 102, 2]


@kinds
def test_without_tags_a_condition_is_refused_only_if_it_was_asked_for(
    server: Server, kind: str
) -> None:
    """Catches an update that may be lost although the option forbids it."""
    writer = Writer(server, kind)
    writer.fill()
    server.without_etag = True
    with pytest.raises(crud.UnsupportedError, match=r"'c/0' .* gives it no strong tag"):
        writer.write(1, 101, locking="conditional")
    assert writer.sent() == [GET]
    server.reset()
    writer.write(1, 101, locking="auto")
    assert writer.sent() == [GET, PUT]


@kinds
def test_conditions_that_are_turned_off_are_not_used(server: Server, kind: str) -> None:
    """Catches a default that fails for a service without conditions."""
    writer = Writer(server, kind, conditional_put="disabled")
    writer.fill()
    writer.write(1, 101)
    assert writer.sent() == [GET, PUT]
    with pytest.raises(crud.UnsupportedError, match="conditional_put='disabled'"):
        writer.write(1, 102, locking="conditional")


@kinds
def test_a_cancellation_between_two_attempts_ends_the_write(
    server: Server, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a pause that is waited for, and a request after it."""
    monkeypatch.setattr(attempts, "_SHORTEST_PAUSE", 2 * HANG)
    monkeypatch.setattr(attempts, "_LONGEST_PAUSE", 2 * HANG)
    monkeypatch.setattr(attempts, "random", lambda: 1.0)
    pausing: list[int] = []

    class Noted(Latch):
        def wait(self, seconds: float = -1) -> None:
            pausing.append(1)
            super().wait(seconds)

    monkeypatch.setattr(attempts, "Latch", Noted)
    writer = Writer(server, kind)
    writer.fill()
    once(server, writer.key, writer.theirs(2, 102))

    async def cancelled() -> None:
        document, store = writer.array.metadata, writer.store
        writing = crud.write_region_async(document, store, 1, 101, engine=writer.engine)
        task = asyncio.ensure_future(writing)
        await until(lambda: pausing, "the pause")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled())
    assert writer.sent() == [GET, SAME]
    assert writer.read()[:3] == [0, 1, 102]


@kinds
def test_a_store_in_memory_keeps_what_another_process_would_write(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a store of obstore in memory whose conditions are not used."""
    of, engine = WRITERS[kind]
    inner = obstore.store.MemoryStore()
    store: Any = of(inner)
    array = zarr.create_array(store, shape=8, chunks=8, dtype="u1", compressors=None)
    put = obstore.put_async
    modes: list[Any] = []

    async def late(store: Any, key: str, data: Any, **options: Any) -> Any:
        if not modes:
            obstore.put(inner, "c/0", bytes([9] * 8))
        modes.append(options.get("mode"))
        return await put(store, key, data, **options)

    monkeypatch.setattr(obstore, "put_async", late)
    crud.write_region(array.metadata, store, 1, 5, engine=engine)
    assert modes[0] == "create"
    assert list(modes[1]) == ["e_tag"]
    assert len(modes) == 2
    assert obstore.get(inner, "c/0").bytes().to_bytes() == bytes([9, 5, *[9] * 6])


@kinds
def test_a_store_without_conditions_is_written_as_before(server: Server, kind: str) -> None:
    """Catches a condition that a plain HTTP server does not know."""
    writer = Writer(server, kind)
    writer.fill()
    http: Any = ObjectStore(stores.http(server))
    document = writer.array.metadata
    with pytest.raises(crud.UnsupportedError, match="locking='conditional' needs obstore's S3"):
        crud.write_region(
            document, http, 1, 5, engine=writer.engine, options=crud.Options(locking="conditional")
        )
    assert writer.sent() == []
    crud.write_region(document, http, 1, 5, engine=writer.engine)
    assert writer.sent() == [GET, PUT]
