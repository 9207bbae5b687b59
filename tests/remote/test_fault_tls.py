"""Servers whose certificates prove nothing: nothing is read, and the error says why."""

from __future__ import annotations

import ssl
import subprocess
from typing import TYPE_CHECKING, Any

import numpy as np
import obstore
import pytest

import _zarrs_bindings as zb
from tests.remote import stores
from tests.remote.server import Server
from zarr import crud
from zarr.storage import ObjectStore
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def certificate(folder: Path, name: str) -> ssl.SSLContext:
    """Make a certificate for a host, signed by itself."""
    pem = folder / "server.pem"
    given = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=test"]
    files = ["-keyout", str(pem), "-out", str(folder / "cert.pem")]
    named = ["-addext", f"subjectAltName={name}", *files]
    subprocess.run(["openssl", "req", "-x509", *given, *named], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", pem)
    return context


@pytest.fixture
def secured(server: Server, tmp_path: Path) -> Iterator[Server]:
    """A server with a certificate of its own, and the array of the other one."""
    stores.make(server)
    secured = Server(certificate(tmp_path, "IP:127.0.0.1"))
    secured.objects = dict(server.objects)
    yield secured
    secured.close()


def test_a_certificate_that_nobody_trusts_is_an_error(server: Server, secured: Server) -> None:
    """Catches elements of anybody who answers, and an error that does not say why."""
    document = stores.opened(stores.native(server)).metadata
    keys: Any = {"skip_signature": False, "secret_access_key": "HIDDEN", "access_key_id": "HIDDEN"}
    store = stores.native(secured, retry_config={"max_retries": 1}, **keys)
    assert isinstance(handle_of(store), zb.RemoteStore)

    for work in (
        lambda: crud.read_region(document, store, engine="zarrs", detached=True),
        lambda: crud.write_region(document, store, ..., 1, engine="zarrs", detached=True),
        lambda: crud.read_metadata(store),
    ):
        with pytest.raises(
            obstore.exceptions.GenericError,
            match=r"(c/\d/\d|zarr.json)'.*certificate.*https://127.0.0.1",
        ) as raised:
            work()
        assert "HIDDEN" not in str(raised.value)
    assert not secured.requests


def test_a_certificate_is_not_checked_if_the_user_says_so(server: Server, secured: Server) -> None:
    """Catches an option that is lost."""
    expected = stores.opened(stores.native(server), "zarr")[...]
    options: Any = {"allow_invalid_certificates": True}
    array = stores.opened(stores.native(secured, client_options=options))
    assert isinstance(handle_of(array.store), zb.RemoteStore)
    assert np.array_equal(array[...], expected)
    assert secured.requests


def test_a_server_without_tls_is_not_asked_for_elements(server: Server) -> None:
    """Catches credentials that are sent in the clear."""
    stores.make(server)
    document = stores.opened(stores.native(server)).metadata
    server.reset()

    inner = obstore.store.S3Store(
        "bucket",
        prefix="data",
        endpoint=server.url.replace("http:", "https:"),
        region="r",
        skip_signature=True,
        retry_config=stores._quick({"max_retries": 1}),
    )

    with pytest.raises(obstore.exceptions.GenericError, match=r"c/\d/\d"):
        crud.read_region(document, ObjectStore(inner), engine="zarrs", detached=True)
    assert not server.requests
