"""Credentials from Python functions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import _zarrs_bindings as zb
from tests.remote import stores
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


def test_an_asynchronous_provider_is_left_to_obstore(server: Server) -> None:
    """Catches a coroutine that nobody awaits."""

    async def provider() -> Any:
        return credentials("ME", None)

    assert isinstance(handle_of(native(server, provider)), zb.PythonStore)
    assert set(read(server, provider)) == {"ME"}


def test_a_function_that_returns_a_coroutine_is_an_error(server: Server) -> None:
    """Catches a provider whose kind shows only when it is called."""

    async def hidden() -> Any:
        return credentials("ME", None)

    stores.make(server)
    array = stores.opened(native(server, lambda: hidden()))
    with pytest.raises(TypeError, match="async def"):
        array[...]
