"""Servers that send a client elsewhere: it is followed or not, but never with credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest
from obstore.store import HTTPStore

from tests.remote import stores
from tests.remote.server import Server
from zarr.storage import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.remote.server import Reply, Request

SECRETS = ("AKIDHIDDEN", "SECRETHIDDEN", "TOKENHIDDEN", "HEADERHIDDEN")


@pytest.fixture
def other() -> Iterator[Server]:
    """Another server."""
    other = Server()
    yield other
    other.close()


def redirect(server: Server, to: str, status: int) -> None:
    """Send all requests for chunks to another place."""

    def hook(request: Request, reply: Reply) -> None:
        if "/c/" in request.path and not request.path.startswith("bucket/moved/"):
            reply.status, reply.body = status, b""
            moved = request.path.replace("bucket/data/", "bucket/moved/")
            reply.headers = {"Location": f"{to}/{moved}"}

    server.hook = hook


def signed(server: Server) -> Any:
    """Return a store with keys and a token."""
    keys: Any = {
        "skip_signature": False,
        "access_key_id": "AKIDHIDDEN",
        "secret_access_key": "SECRETHIDDEN",
        "token": "TOKENHIDDEN",
    }
    return stores.native(server, retry_config={"max_retries": 0}, **keys)


def with_header(server: Server) -> Any:
    """Return a store over HTTP with a header that is a secret."""
    options: Any = {"allow_http": True, "default_headers": {"X-Api-Key": "HEADERHIDDEN"}}
    url = f"{server.url}/bucket/data"
    return ObjectStore(HTTPStore.from_url(url, client_options=options))


def moved(server: Server) -> dict[str, bytes]:
    """Return the stored values as they are at the other place."""
    return {path.replace("/data/", "/moved/"): value for path, value in server.objects.items()}


def tell(request: Request) -> str:
    """Return all that a request gives away."""
    return f"{request.path} {request.query} {request.headers}"


@pytest.mark.parametrize("make", [signed, with_header])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_read_is_followed_elsewhere_without_credentials(
    server: Server, other: Server, make: Any, status: int
) -> None:
    """Catches a token, a header or a URL that another host gets, and wrong elements."""
    data = stores.make(server, (256, 512), chunks=(256, 512))
    other.objects = moved(server)
    array = stores.opened(make(server))
    redirect(server, other.url, status)
    assert np.array_equal(array[...], data)
    # A part of a chunk is a range.
    assert np.array_equal(array[3:5, 7], data[3:5, 7])
    assert [request.range is None for request in other.requests] == [True, False]
    for request in other.requests:
        assert not any(secret in tell(request) for secret in SECRETS)
        assert "referer" not in request.headers


@pytest.mark.parametrize("make", [signed, with_header])
def test_a_read_is_followed_on_the_same_server_with_its_headers(server: Server, make: Any) -> None:
    """Catches a header that the server needs and that is lost on the way."""
    data = stores.make(server)
    server.objects |= moved(server)
    array = stores.opened(make(server))
    redirect(server, server.url, 307)
    server.reset()
    assert np.array_equal(array[...], data)
    sent = [tell(request) for request in server.requests if "moved" in request.path]
    assert len(sent) == 25
    assert all("HIDDEN" in one for one in sent)


def test_a_way_back_takes_no_credentials(server: Server, other: Server) -> None:
    """Catches credentials that another host can send anywhere on their server."""
    data = stores.make(server)
    server.objects |= moved(server)
    array = stores.opened(with_header(server))
    redirect(server, other.url, 302)

    def back(request: Request, reply: Reply) -> None:
        reply.status, reply.headers = 302, {"Location": f"{server.url}/{request.path}"}

    other.hook = back
    server.reset()
    assert np.array_equal(array[...], data)
    for request in server.requests:
        assert ("HIDDEN" in tell(request)) == ("moved" not in request.path)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_change_is_not_sent_elsewhere(server: Server, other: Server, status: int) -> None:
    """Catches a value that another host gets, and a PUT that becomes a GET."""
    stores.make(server)
    array = stores.writable(signed(server))
    redirect(server, other.url, status)
    with pytest.raises(Exception, match=rf"c/\d/\d' cannot be written.*{status}"):
        array[...] = 7
    assert not other.requests


def test_a_circle_ends(server: Server) -> None:
    """Catches a read that never ends."""
    stores.make(server)
    array = stores.opened(signed(server))

    def circle(request: Request, reply: Reply) -> None:
        reply.status, reply.headers = 302, {"Location": f"/{request.path}"}

    server.hook = circle
    server.reset()
    with pytest.raises(obstore.exceptions.GenericError, match=r"c/0/0.*elsewhere"):
        array[0, 0]
    assert len(server.requests) <= 50


@pytest.mark.parametrize("place", ["", "http://", "//[", "file:///etc/passwd", "http://\xff"])
def test_a_place_that_is_none_is_an_error(server: Server, place: str) -> None:
    """Catches a crash, a file of this machine, and a fill value."""
    stores.make(server)
    array = stores.opened(signed(server))

    def nowhere(request: Request, reply: Reply) -> None:
        reply.status, reply.body, reply.headers = 302, b"", {"Location": place}

    server.hook = nowhere
    with pytest.raises(obstore.exceptions.GenericError, match="c/0/0"):
        array[0, 0]
