"""Several creators of one node: one succeeds, the others get an error."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

import zarr
from tests.patience import in_thread, join
from tests.remote import stores
from zarr import crud
from zarr.errors import ContainsArrayError, ContainsGroupError
from zarr.storage import LocalStore, MemoryStore, ObjectStore

if TYPE_CHECKING:
    from pathlib import Path

    from tests.remote.server import Reply, Request, Server


def document(zarr_format: Any = 3) -> Any:
    """An array."""
    options: Any = {"shape": (4,), "dtype": "u1", "zarr_format": zarr_format}
    return zarr.create_array(MemoryStore(), **options).metadata


def group() -> Any:
    """A group."""
    return zarr.create_group(MemoryStore()).metadata


@pytest.mark.parametrize("kind", ["object store", "files"])
@pytest.mark.parametrize("zarr_format", [2, 3])
def test_of_many_creators_of_equal_arrays_one_succeeds(
    server: Server, kind: str, zarr_format: int, tmp_path: Path
) -> None:
    """Catches two creators who both found that there is nothing, and replace each other's."""
    arrays = document(zarr_format)
    for number in range(8):
        found: Counter[str] = Counter()

        def make(path: str = f"a/{number}", found: Counter[str] = found) -> None:
            store = LocalStore(tmp_path) if kind == "files" else ObjectStore(stores.s3(server))
            try:
                crud.create(arrays, store, path=path)
            except ContainsArrayError:
                found["refused"] += 1
            else:
                found["made"] += 1

        join(*(in_thread(make) for _ in range(6)))
        assert found == {"made": 1, "refused": 5}


@pytest.mark.parametrize(("other", "error"), [("array", ContainsArrayError), ("group", None)])
@pytest.mark.parametrize("above", [False, True])
def test_a_node_that_is_made_meanwhile_is_kept(
    server: Server, other: str, error: Any, *, above: bool
) -> None:
    """Catches a document that replaces one which was stored after it was looked for."""
    theirs = document() if other == "array" else group()
    store, path = ObjectStore(stores.s3(server)), "g/x" if above else "x"
    key = "bucket/data/g/zarr.json" if above else "bucket/data/x/zarr.json"
    text = zarr.core.buffer.default_buffer_prototype()
    stored = theirs.to_buffer_dict(text)["zarr.json"].to_bytes()

    def hook(request: Request, reply: Reply) -> None:
        if request.path == key and reply.status == 404:
            server.objects[key] = stored

    server.hook = hook
    if not above and error is None:
        error = ContainsGroupError
    if error is None:
        crud.create(document(), store, path=path)
        assert "bucket/data/g/x/zarr.json" in server.objects
    else:
        with pytest.raises(error, match="there is"):
            crud.create(document(), store, path=path)
    assert server.objects[key] == stored


@pytest.mark.parametrize("equal", [True, False])
def test_a_lost_answer_is_not_another_creator(server: Server, *, equal: bool) -> None:
    """Catches an error about one's own array: obstore repeats a put after a 503, and is refused
    because the first one had succeeded. An equal array of another creator is not one's own.
    """
    store, key = ObjectStore(stores.s3(server)), "bucket/data/x/zarr.json"
    array = document()

    def lose(request: Request, reply: Reply) -> None:
        if request.method == "PUT" and request.path == key:
            server.hook = None
            reply.status = 503
            if not equal:
                server.metadata[key] = {}

    server.hook = lose
    if equal:
        crud.create(array, store, path="x")
    else:
        with pytest.raises(ContainsArrayError):
            crud.create(array, store, path="x")
    assert crud.read_metadata(store, path="x").node_type == "array"


@pytest.mark.parametrize("status", [501, 400])
def test_a_server_without_conditions_creates_no_node(server: Server, status: int) -> None:
    """Catches a node that replaces another creator's, because a condition was left out."""

    def hook(request: Request, reply: Reply) -> None:
        if "if-none-match" in request.headers:
            server.objects.clear()
            reply.status, reply.body = status, b"<Error><Code>NotImplemented</Code></Error>"

    server.hook = hook
    with pytest.raises(Exception, match=r"zarr.json.*condition that there is none.*disabled"):
        crud.create(document(), stores.native(server), path="x", engine="zarrs")
    assert not server.objects
    disabled = stores.native(server, conditional_put="disabled")
    crud.create(document(), disabled, path="x", engine="zarrs")
    assert "bucket/data/x/zarr.json" in server.objects


def test_a_node_that_may_be_replaced_needs_no_condition(server: Server) -> None:
    """Catches `overwrite=True` that is refused by another creator."""
    store, array = ObjectStore(stores.s3(server)), document()
    crud.create(array, store, path="x")
    crud.create(array, store, path="x", overwrite=True)
    puts = [r.headers for r in server.gets("PUT") if r.path == "bucket/data/x/zarr.json"]
    assert ["if-none-match" in headers for headers in puts] == [True, False]
