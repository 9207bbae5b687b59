"""Web servers through fsspec: what cannot be done there raises an error, and nothing is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.remote.test_fault_matrix import GROUP, made
from zarr import crud
from zarr.storage import FsspecStore

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Server


def http(server: Server) -> FsspecStore:
    """Return a store over HTTP that may be changed."""
    return FsspecStore.from_url(f"{server.url}/bucket/data", read_only=False)


@pytest.mark.parametrize("engine", ["zarrs", "reference"])
def test_what_fsspec_does_not_delete_is_an_error(server: Server, engine: Any) -> None:
    """Catches a deletion that deletes nothing, and a fill value that is not stored."""
    document = made(server)
    store, before = http(server), dict(server.objects)
    deletions: tuple[Callable[[], object], ...] = (
        lambda: crud.delete_node(store, path="array", engine=engine),
        lambda: crud.delete_chunk(document, store, (0, 0), path="array"),
        lambda: crud.create(GROUP, store, path="array", overwrite=True, engine=engine),
    )
    for delete in deletions:
        server.reset()
        with pytest.raises(crud.UnsupportedError, match=r"is not changed: .* cannot delete"):
            delete()
        # Refused before any work.
        assert not server.requests
    with pytest.raises(crud.UnsupportedError, match="write_empty_chunks"):
        crud.write_chunk(document, store, (0, 0), 0, path="array", engine=engine, detached=True)
    assert server.objects == before
    options = crud.Options(write_empty_chunks=True)
    crud.write_chunk(
        document, store, (0, 0), 0, path="array", engine=engine, detached=True, options=options
    )
    assert not any(server.objects["bucket/data/array/c/0/0"])


def test_what_cannot_be_listed_is_an_error(server: Server) -> None:
    """Catches empty lists of a server without pages."""
    document = made(server)
    store = http(server)
    for work in (
        lambda: crud.list_children(store, path="nodes"),
        lambda: crud.list_chunks(document, store, path="array"),
    ):
        with pytest.raises(crud.UnsupportedError, match="cannot be listed: the server sends no"):
            work()
