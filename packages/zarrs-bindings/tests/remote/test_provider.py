"""Credentials from Python functions."""

from __future__ import annotations

import asyncio
import os
import signal
import warnings
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from obstore.store import AzureStore

import _zarrs_bindings as zb
import zarr.core.sync as zarr_sync
from tests.remote import stores
from zarr import crud
from zarr.storage import ObjectStore
from zarr.zarrs._store import handle_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.remote.server import Server


def native(server: Server, provider: Callable[[], Any]) -> Any:
    """Return a store with a credential provider."""
    return stores.native(server, skip_signature=False, credential_provider=provider)


def credentials(name: str, expires: datetime | None) -> dict[str, Any]:
    """Return what a provider returns."""
    return {
        "access_key_id": name,
        "secret_access_key": "x",
        "token": None,
        "expires_at": expires,
    }


def read(server: Server, provider: Callable[[], Any], times: int = 1) -> list[str]:
    """Read a chunk several times; return who signed the requests."""
    data = stores.make(server)
    array = stores.opened(native(server, provider))
    server.reset()
    for _ in range(times):
        assert np.array_equal(array[:8, :7], data[:8, :7])
    signed = [request.headers["authorization"] for request in server.requests]
    return [text.partition("Credential=")[2].partition("/")[0] for text in signed]


def test_a_provider_signs_the_requests_of_the_extension(server: Server) -> None:
    """Catches a provider that is not asked, or asked for every request."""
    asked = []

    def provider() -> Any:
        asked.append(1)
        return credentials(f"ME{len(asked)}", None)

    before = zb.counters()["requests"]
    signed = read(server, provider, times=3)
    assert zb.counters()["requests"] == before + 3
    assert len(set(signed)) == 1
    assert signed[0].startswith("ME")


def test_credentials_are_renewed_before_they_expire(server: Server) -> None:
    """Catches credentials that are used until they are refused."""
    asked = []

    def provider() -> Any:
        asked.append(1)
        return credentials(f"ME{len(asked)}", datetime.now(UTC) + timedelta(seconds=200))

    signed = read(server, provider, times=3)
    assert len(set(signed)) == 3


def test_an_exception_of_a_provider_comes_out_as_the_same_object(server: Server) -> None:
    """Catches an exception that is wrapped or replaced."""
    error = LookupError("no credentials today")
    array = None

    def provider() -> Any:
        if array is not None:
            raise error
        return credentials("ME", datetime.now(UTC))

    stores.make(server)
    array = stores.opened(native(server, provider))
    with pytest.raises(LookupError) as raised:
        array[...]
    assert raised.value is error


def test_an_asynchronous_provider_runs_on_zarrs_loop(server: Server) -> None:
    """Catches a coroutine that nobody awaits, and a loop of its own."""
    loops = []

    async def provider() -> Any:
        await asyncio.sleep(0)
        loops.append(asyncio.get_running_loop())
        return credentials("ME", None)

    assert isinstance(handle_of(native(server, provider)), zb.RemoteStore)
    assert set(read(server, provider)) == {"ME"}
    assert zarr_sync._get_loop() in loops


def test_an_exception_of_an_asynchronous_provider_is_the_same_object(server: Server) -> None:
    """Catches an exception that is lost on its way from the loop."""
    error = LookupError("no credentials today")

    async def provider() -> Any:
        raise error

    stores.make(server)
    document = stores.opened(stores.native(server)).metadata
    with pytest.raises(LookupError) as raised:
        crud.read_region(document, native(server, provider), detached=True, engine="zarrs")
    assert raised.value is error


def test_a_read_on_zarrs_own_loop_does_not_wait_for_itself(server: Server) -> None:
    """Catches a deadlock: the loop waits for a provider that runs on the loop."""

    async def provider() -> Any:
        return credentials("ME", None)

    data = stores.make(server)
    array = stores.opened(native(server, provider))

    async def read() -> Any:
        return array[0, 0]

    with pytest.raises(zarr_sync.SyncError):
        zarr_sync.sync(read(), timeout=60)
    assert array[0, 0] == data[0, 0]
    with pytest.raises(zarr_sync.SyncError):
        zarr_sync.sync(read(), timeout=60)


def test_a_forked_child_asks_an_asynchronous_provider(server: Server) -> None:
    """Catches a child that waits for the loop of its parent."""

    async def provider() -> Any:
        return credentials(f"ME{os.getpid()}", None)

    data = stores.make(server)
    array = stores.opened(native(server, provider))
    assert array[0, 0] == data[0, 0]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:
        signal.alarm(60)
        os._exit(0 if array[39, 29] == data[39, 29] else 3)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert f"Credential=ME{child}/" in server.requests[-1].headers["authorization"]


@pytest.mark.parametrize(
    ("found", "signed"),
    [
        ({"token": "t"}, ("authorization", "Bearer t")),
        ({"access_key": "a2V5"}, ("authorization", "SharedKey me:")),
        ({"sas_token": "sv=1&sig=a%3D"}, ("query", "sig=a%3D")),
        ({"sas_token": [("sv", "1"), ("sig", "a=")]}, ("query", "sig=a%3D")),
    ],
)
def test_providers_for_azure_give_keys_signatures_or_tokens(
    server: Server, found: dict[str, Any], signed: tuple[str, str]
) -> None:
    """Catches a kind of credential that is taken for another."""
    stores.make(server)
    document = stores.opened(stores.native(server)).metadata
    provider: Any = lambda: {**found, "expires_at": None}  # noqa: E731
    inner = AzureStore(
        "bucket",
        account_name="me",
        prefix="data",
        endpoint=server.url,
        credential_provider=provider,
        client_options={"allow_http": True},
    )
    store = ObjectStore(inner)
    server.reset()
    crud.read_chunk(document, store, (0, 0), engine="zarrs", detached=True)
    (request,) = server.requests
    where, text = signed
    assert text in (request.query if where == "query" else request.headers[where])


def test_a_function_that_returns_a_coroutine_is_an_error(server: Server) -> None:
    """Catches a provider whose kind shows only when it is called."""

    async def hidden() -> Any:
        return credentials("ME", None)

    stores.make(server)
    array = stores.opened(native(server, lambda: hidden()))
    with pytest.raises(TypeError, match="async def"):
        array[...]
