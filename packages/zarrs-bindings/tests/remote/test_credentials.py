"""Credentials that a server refuses before they expire."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from obstore.store import AzureStore, GCSStore

import zarr
from tests.remote import stores
from tests.remote.server import Reply
from tests.remote.test_fault_matrix import CALLS, made
from tests.remote.test_fsspec import s3 as s3_of_fsspec
from zarr import crud
from zarr.storage import ObjectStore
from zarr.zarrs._store import access_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.remote.server import Request, Server

CODES = {"ExpiredToken": 400, "InvalidToken": 400, "TokenRefreshRequired": 400, "Any": 401}


class Refuses:
    """A gate that refuses requests signed as some user."""

    def __init__(self, *users: str, code: str = "ExpiredToken") -> None:
        self.users, self.code, self.seen = set(users), code, Counter[str]()

    def __call__(self, request: Request) -> Reply | None:
        signed = request.headers.get("authorization", "")
        user = signed.partition("Credential=")[2].partition("/")[0] or signed
        self.seen[user] += 1
        if user not in self.users:
            return None
        text = f"<Error><Code>{self.code}</Code><Message>SECRET</Message></Error>"
        return Reply(CODES[self.code], text.encode())


class Provider:
    """A provider with other credentials at each call."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> Any:
        self.asked += 1
        keys = {"access_key_id": f"ME{self.asked}", "secret_access_key": "SECRET"}
        return {**keys, "token": None, "expires_at": None}


class Later(Provider):
    """The same, asynchronous."""

    async def __call__(self) -> Any:
        return super().__call__()


def native(server: Server, provider: Any) -> Any:
    """Return a store with a credential provider."""
    return stores.native(server, skip_signature=False, credential_provider=provider)


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("kind", [Provider, Later])
def test_each_call_asks_once_more(server: Server, call: Any, kind: type[Provider]) -> None:
    """Catches a kind of request that is not sent again, or a provider asked for each of them."""
    document = made(server, (16, 14))
    expected = call(document, stores.native(server))
    objects = dict(server.objects)
    document = made(server, (16, 14))
    server.gate = gate = Refuses("ME1")
    provider = kind()
    found = call(document, native(server, provider))
    assert np.array_equal(found, expected) if isinstance(found, np.ndarray) else found == expected
    assert server.objects == objects
    assert provider.asked == 2
    assert gate.seen["ME1"] > 0


@pytest.mark.parametrize("code", CODES)
def test_all_that_were_refused_are_sent_again_with_one_answer(server: Server, code: str) -> None:
    """Catches a refresh for each request, and a store that is renewed only once."""
    data = stores.make(server, (80, 70))
    provider = Provider()
    document = crud.read_metadata(stores.native(server))
    store = native(server, provider)
    gate = Refuses("ME1", code=code)

    def refuse(request: Request) -> Reply | None:
        reply = gate(request)
        if reply is not None:
            # All are in flight before the first one is refused.
            reply.when = lambda: gate.seen["ME1"] == 100
        return reply

    server.gate = refuse

    def read() -> Any:
        return crud.read_region(document, store, detached=True, engine="zarrs")

    assert np.array_equal(read(), data)
    assert provider.asked == 2
    assert gate.seen == {"ME1": 100, "ME2": 100}
    gate.users.add("ME2")
    assert np.array_equal(read(), data)
    assert provider.asked == 3


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("code", CODES)
def test_a_second_refusal_is_the_error(server: Server, call: Any, code: str) -> None:
    """Catches a request that is sent for ever, and a message without a key, a reason and advice."""
    document = made(server, (16, 14))
    provider = Provider()
    server.gate = Refuses(*(f"ME{number}" for number in range(1000)), code=code)
    with pytest.raises(Exception, match="refused others") as raised:
        call(document, native(server, provider))
    assert type(raised.value).__name__ == "UnauthenticatedError"
    text = str(raised.value)
    assert "'" in text
    assert "check where they come from" in text
    assert "SECRET" not in text


def test_a_provider_that_fails_the_second_time_raises_its_own_error(server: Server) -> None:
    """Catches an exception that is replaced by the refusal."""
    stores.make(server)
    error = LookupError("no other credentials")
    known = Provider()

    def provider() -> Any:
        if known.asked:
            raise error
        return known()

    document = crud.read_metadata(stores.native(server))
    server.gate = Refuses("ME1")
    with pytest.raises(LookupError) as raised:
        crud.read_region(document, native(server, provider), detached=True, engine="zarrs")
    assert raised.value is error


def test_keys_that_were_given_are_not_sent_again(server: Server) -> None:
    """Catches a second request with the same keys."""
    stores.make(server)
    keys: Any = {"access_key_id": "ME1", "secret_access_key": "SECRET"}
    document = crud.read_metadata(stores.native(server))
    server.gate = gate = Refuses("ME1")
    store = stores.native(server, skip_signature=False, **keys)
    with pytest.raises(Exception, match="renew the credentials"):
        crud.read_chunk(document, store, (0, 0), detached=True, engine="zarrs")
    assert gate.seen == {"ME1": 1}


def test_a_missing_right_is_not_asked_about(server: Server) -> None:
    """Catches a provider that is asked after each answer 403."""
    stores.make(server)
    provider = Provider()
    document = crud.read_metadata(stores.native(server))

    server.gate = lambda _: Reply(403, b"<Error><Code>AccessDenied</Code></Error>")
    with pytest.raises(Exception, match="their right to read"):
        crud.read_chunk(document, native(server, provider), (0, 0), detached=True, engine="zarrs")
    assert provider.asked == 1


def azure(server: Server, provider: Callable[[], Any]) -> Any:
    """Return a store of Azure with tokens."""
    return AzureStore(
        "bucket",
        account_name="me",
        prefix="data",
        endpoint=server.url,
        credential_provider=provider,
        client_options={"allow_http": True},
    )


def google(server: Server, provider: Callable[[], Any]) -> Any:
    """Return a store of Google with tokens."""
    return GCSStore(
        "bucket",
        prefix="data",
        config={"base_url": server.url},
        credential_provider=provider,
        client_options={"allow_http": True},
    )


@pytest.mark.parametrize("make", [azure, google])
def test_a_token_that_is_refused_is_renewed(server: Server, make: Any) -> None:
    """Catches Azure and Google, which answer 401."""
    data = stores.make(server)
    document = crud.read_metadata(stores.native(server))
    asked = []

    def provider() -> Any:
        asked.append(1)
        return {"token": f"t{len(asked)}", "expires_at": None}

    server.gate = Refuses("Bearer t1", code="Any")
    store = ObjectStore(make(server, provider))
    found = crud.read_region(document, store, detached=True, engine="zarrs")
    assert np.array_equal(found, data)
    assert len(asked) == 2


def test_a_large_upload_begins_again_and_leaves_no_parts(server: Server) -> None:
    """Catches an upload that fails, or is aborted with credentials that are refused."""
    gate, provider, size = Refuses(), Provider(), 33 << 20
    store = stores.native(server)
    zarr.create_array(store, shape=(size,), chunks=(size,), dtype="u1", compressors=None)
    document = crud.read_metadata(store)

    def refuse(request: Request) -> Reply | None:
        if "partNumber" in request.query:
            gate.users.add("ME1")
        return gate(request)

    server.gate = refuse
    crud.write_region(document, native(server, provider), ..., 7, detached=True, engine="zarrs")
    assert provider.asked == 2
    (value,) = (value for path, value in server.objects.items() if path.endswith("c/0"))
    assert value == bytes([7]) * size
    assert not server.uploads.open


def test_botocore_looks_for_credentials_again(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches keys of a file that were replaced, and that botocore keeps."""
    data = stores.make(server)
    file = tmp_path / "credentials"
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(file))
    file.write_text("[default]\naws_access_key_id = ME1\naws_secret_access_key = x\n")
    store = s3_of_fsspec(server, anon=False)
    assert access_of(store) == "natively"
    document = crud.read_metadata(stores.native(server))

    def read() -> Any:
        return crud.read_region(document, store, detached=True, engine="zarrs")

    assert np.array_equal(read(), data)
    server.gate = gate = Refuses("ME1")
    file.write_text("[default]\naws_access_key_id = ME2\naws_secret_access_key = x\n")
    assert np.array_equal(read(), data)
    gate.users.add("ME2")
    with pytest.raises(PermissionError, match="refused others"):
        read()
