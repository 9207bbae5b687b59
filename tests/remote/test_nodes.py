"""Documents, lists and deletions of object stores, over connections of our own."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

import _zarrs_bindings as zb
import zarr
from tests.remote import stores
from zarr import crud
from zarr.errors import ContainsArrayError, ContainsGroupError, NodeNotFoundError
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Reply, Request, Server
    from zarr.abc.store import Store

GROUP: dict[str, Any] = {"zarr_format": 3, "node_type": "group", "attributes": {"a": "ü"}}
NAMES = ["a%20b", "c#d", "e f", "q?z", "plus+", "[br]", "am&p<>", "ti~l", "日本"]


def array(zarr_format: Any = 3) -> Any:
    """Return the document of an array."""
    made = zarr.create_array({}, shape=(4,), chunks=(2,), dtype="i4", zarr_format=zarr_format)
    return crud.read_metadata(made.store)


def group_of(store: Store, count: int) -> None:
    """Store a group of so many arrays."""
    crud.create(GROUP, store)
    for number in range(count):
        crud.create(array(), store, path=f"n{number:03}")


def both(server: Server) -> tuple[Store, Store]:
    """Return stores of one prefix: reached natively, and through Python."""
    return stores.native(server), stores.Bridged(stores.s3(server))


def fill(store: Store, zarr_format: Any) -> None:
    """Store a tree of nodes with unusual names."""
    document: Any = GROUP if zarr_format == 3 else {"zarr_format": 2, "attributes": {"a": "ü"}}
    crud.create(document, store)
    for name in NAMES:
        crud.create(array(zarr_format), store, path=f"{name}/{name}")
    crud.write_region(array(zarr_format), store, ..., 7, path="e f/e f")
    crud.write_metadata({**document, "attributes": {"b": 1}}, store)
    crud.delete_node(store, path="c#d/c#d")
    crud.delete_chunk(array(zarr_format), store, (0,), path="e f/e f")
    crud.write_encoded_chunk(array(zarr_format), store, (0,), b"x", path="e f/e f", detached=True)


def seen(store: Store) -> Any:
    """Return all that the functions find."""
    children = crud.list_children(store)
    inner = {path: crud.list_children(store, path=path) for path, _ in children}
    document = array(crud.read_metadata(store)["zarr_format"])
    chunks = crud.list_chunks(document, store, path="e f/e f")
    first = crud.read_encoded_chunk(document, store, (0,), path="e f/e f")
    return children, inner, chunks, first


@pytest.mark.parametrize("zarr_format", [2, 3])
def test_both_ways_store_and_find_the_same(server: Server, zarr_format: int) -> None:
    """Catches names that are encoded, and nodes that one of the ways stores or lists otherwise."""
    native, bridged = both(server)
    fill(native, zarr_format)
    made = dict(server.objects)
    server.objects.clear()
    fill(bridged, zarr_format)
    assert server.objects == made
    found = seen(native)
    assert found == seen(bridged)
    assert [path for path, _ in found[0]] == sorted(NAMES)
    assert found[2:] == ([(0,), (1,)], b"x")
    upstream = zarr.open_group(stores.Bridged(stores.s3(server)), mode="r", engine="zarr")
    assert {path for path, _ in upstream.members(max_depth=None)} >= {"e f/e f", "q?z/q?z"}


@pytest.mark.filterwarnings("ignore:Consolidated metadata is currently not part")
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_consolidated_metadata_is_found(server: Server, zarr_format: Any) -> None:
    """Catches a list that is requested although the group holds the documents."""
    native, bridged = both(server)
    group = zarr.create_group(bridged, zarr_format=zarr_format)
    for name in ("a", "b"):
        group.create_array(name, shape=(4,), dtype="i4")
    zarr.consolidate_metadata(bridged)
    server.reset()
    children = crud.list_children(native)
    assert [path for path, _ in children] == ["a", "b"]
    assert not any("list-type" in request.query for request in server.requests)
    assert children == crud.list_children(bridged)


def test_no_request_is_superfluous(server: Server) -> None:
    """Catches a HEAD, a name that is requested although it is no folder, and a second attempt."""
    native = stores.native(server)
    group_of(native, 20)

    def requests(work: Any) -> Counter[str]:
        server.reset()
        work()
        return Counter(request.method for request in server.requests)

    assert requests(lambda: crud.read_metadata(native)) == {"GET": 1}
    with pytest.raises(NodeNotFoundError):
        crud.read_metadata(native, path="none")
    assert requests(lambda: crud.list_children(native)) == {"GET": 22}
    assert requests(lambda: crud.create(GROUP, native, path="g")) == {"GET": 4, "PUT": 1}
    assert requests(lambda: crud.write_metadata(GROUP, native, path="g")) == {"GET": 1, "PUT": 1}
    with pytest.raises(NodeNotFoundError):
        requests(lambda: crud.read_metadata(native, path="none"))
    # The three documents of format 2 go out together.
    assert len(server.requests) == 4


def test_thousands_of_keys_are_deleted_with_few_requests(server: Server) -> None:
    """Catches a request for each key, and keys that are listed on a later page and kept."""
    native = stores.native(server)
    group_of(native, 2)
    kept = dict(server.objects)
    for number in range(2500):
        server.objects[f"bucket/data/n001/c/{number}"] = b"x"
    server.objects["bucket/data/n0010"] = b"a neighbor"
    server.reset()
    crud.delete_node(native, path="n001")
    methods = Counter(request.method for request in server.requests)
    assert methods == {"GET": 1 + 3, "POST": 3}
    assert server.objects.pop("bucket/data/n0010") == b"a neighbor"
    del kept["bucket/data/n001/zarr.json"]
    assert server.objects == kept


def test_an_array_finds_and_deletes_its_chunks_with_few_requests(server: Server) -> None:
    """Catches a request for each chunk of a grid of which few are stored."""
    native = stores.native(server)
    made = zarr.create_array(native, shape=100_000, chunks=1, dtype="u1", engine="zarrs")
    for place in (1, 5, 70_000, 99_999):
        made[place] = 1
    server.reset()
    assert made.nchunks_initialized == 4
    assert [request.query[:9] for request in server.requests] == ["list-type"]
    made.resize(5)
    assert [request.query for request in server.gets("POST")] == ["delete"]
    assert len(server.requests) == 4
    assert sorted(server.objects) == ["bucket/data/c/1", "bucket/data/zarr.json"]


def test_a_list_of_many_pages_is_whole(server: Server) -> None:
    """Catches names of later pages that are lost, or a name that is listed twice."""
    native, bridged = both(server)
    group_of(native, 12)
    server.page = 5
    server.reset()
    found = crud.list_children(native)
    assert [path for path, _ in found] == [f"n{number:03}" for number in range(12)]
    assert len(server.requests) == 1 + 3 + 12
    assert found == crud.list_children(bridged)


def test_documents_are_requested_at_once(server: Server) -> None:
    """Catches children that are looked at one after the other, or ten at a time."""
    native = stores.native(server)
    group_of(native, 40)
    answered: list[Request] = []

    def hook(request: Request, reply: Reply) -> None:
        if "/n" in request.path:
            answered.append(request)
            # Each waits for the others, so a child that is asked later would wait for ever.
            reply.when = lambda: len(answered) == 40

    server.hook = hook
    assert len(crud.list_children(native)) == 40


@pytest.mark.parametrize("stored", [True, False])
def test_the_node_is_looked_up_beside_the_first_read(server: Server, stored: bool) -> None:
    """Catches a round trip for the document before the chunks, and a missing node that is read."""
    data = stores.make(server)
    document = crud.read_metadata(stores.Bridged(stores.s3(server)))
    if not stored:
        server.objects.clear()
    native = stores.native(server)
    server.reset()
    asked: set[str] = set()

    def hook(request: Request, reply: Reply) -> None:
        asked.add(request.path)
        if request.range is None:
            reply.when = lambda: len(asked) == 2

    server.hook = hook
    if stored:
        found = crud.read_region(document, native, (0, 0), engine="zarrs")
        assert found == data[0, 0]
        assert len(server.requests) == 2
    else:
        with pytest.raises(NodeNotFoundError):
            crud.read_region(document, native, (0, 0), engine="zarrs")
        assert len(server.requests) == 3
    assert asked == {"bucket/data/zarr.json", "bucket/data/c/0/0"}


@pytest.mark.parametrize("document", [GROUP, array()])
def test_of_two_creators_one_gets_an_error(server: Server, document: Any) -> None:
    """Catches a node that is replaced although it was created a moment before."""
    native = stores.native(server)
    other = stores.Bridged(stores.s3(server))

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "GET" and request.path.endswith("n/.zgroup"):
            server.hook = None
            server.objects["bucket/data/n/zarr.json"] = b'{"zarr_format": 3, "node_type": "group"}'

    server.hook = hook
    with pytest.raises(ContainsGroupError, match=r"a group at 'n'.*overwrite=True"):
        crud.create(document, native, path="n")
    assert crud.read_metadata(other, path="n")["node_type"] == "group"


def test_a_group_above_may_be_created_meanwhile_but_no_array(server: Server) -> None:
    """Catches a group whose attributes are lost, and an array below an array."""
    native = stores.native(server)
    texts = [b'{"zarr_format": 3, "node_type": "group", "attributes": {"mine": 1}}']

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "PUT" and texts:
            server.objects["bucket/data/zarr.json"] = texts.pop()
            server.metadata.clear()
            reply.status, reply.body = 412, b"<Error><Code>PreconditionFailed</Code></Error>"

    server.hook = hook
    crud.create(array(), native, path="n")
    assert crud.read_metadata(native)["attributes"] == {"mine": 1}
    server.objects.clear()
    texts.append(b'{"zarr_format": 3, "node_type": "array"}')
    with pytest.raises(ContainsArrayError, match="only a group"):
        crud.create(array(), native, path="n")
    assert list(server.objects) == ["bucket/data/zarr.json"]


@pytest.mark.parametrize("arrives", [True, False])
def test_a_lost_answer_is_no_other_creator(server: Server, arrives: bool) -> None:
    """Catches an error about a node that the call itself has created."""
    native = stores.native(server, client_options={"read_timeout": "200ms"})
    puts: list[Request] = []

    def hook(request: Request, reply: Reply) -> None:
        if request.method == "PUT":
            puts.append(request)
            if len(puts) == 1:
                reply.after = 600
                if not arrives:
                    server.objects.clear()

    server.hook = hook
    crud.create(GROUP, native)
    assert len(puts) == 2
    assert crud.read_metadata(native) == GROUP
    with pytest.raises(ContainsGroupError):
        crud.create(GROUP, native)


def test_the_reference_and_subclasses_use_the_store_itself(server: Server) -> None:
    """Catches methods of a store that are bypassed, and an oracle that uses what it judges."""

    class Mine(ObjectStore[Any]):
        asked = 0

        async def get(self, *args: Any, **options: Any) -> Any:
            Mine.asked += 1
            return await super().get(*args, **options)

    native, inner = stores.native(server), stores.s3(server)
    group_of(native, 2)
    before = zb.counters()["requests"]
    expected = crud.list_children(native, engine="reference")
    assert crud.list_children(native, engine="zarr") == expected
    assert crud.list_children(Mine(inner)) == expected
    with zarr.config.set({"array.engine": "reference"}):
        assert crud.list_children(native) == expected
    assert zb.counters()["requests"] == before
    assert Mine.asked > 2
    for engine in (None, "zarrs", "auto"):
        assert crud.list_children(native, engine=engine) == expected
    assert zb.counters()["requests"] == before + 3 * 4


def test_a_read_only_store_is_not_changed(server: Server) -> None:
    """Catches a direct way around the mode in which a store was opened."""
    native = stores.native(server)
    fill(native, 3)
    before, document = dict(server.objects), array()
    closed = ObjectStore(stores.s3(server), read_only=True)
    server.reset()
    works: list[Callable[[], object]] = [
        lambda: crud.create(GROUP, closed, path="n"),
        lambda: crud.write_metadata(GROUP, closed),
        lambda: crud.delete_node(closed),
        lambda: crud.delete_chunk(document, closed, (0,), path="e f/e f"),
        lambda: crud.write_encoded_chunk(document, closed, (0,), b"", path="e f/e f"),
    ]
    for work in works:
        with pytest.raises(crud.ReadOnlyError, match=r"ObjectStore.*S3Store"):
            work()
    assert server.requests == []
    assert server.objects == before


async def test_asynchronous_functions_do_the_same(server: Server) -> None:
    """Catches an asynchronous function that takes another way, or waits for itself."""
    native = stores.native(server)
    await crud.create_async(GROUP, native)
    await crud.create_async(array(), native, path="n")
    assert [path for path, _ in await crud.list_children_async(native)] == ["n"]
    await crud.delete_node_async(native)
    assert server.objects == {}
    with pytest.raises(NodeNotFoundError, match=r"ObjectStore\(object_store://S3Store"):
        await crud.read_metadata_async(native)
