"""What `adlfs` was configured with, as the extension's client is told."""

from __future__ import annotations

import weakref
from inspect import iscoroutinefunction as is_coroutine
from typing import Any

import pytest
from adlfs import AzureBlobFileSystem

from tests.zarrs.remote.reasons import reason
from zarr.storage import FsspecStore
from zarr.zarrs._remote import settings_of

KEY = "a2V5"
CONNECTION = f"AccountName=me;AccountKey={KEY};EndpointSuffix=core.windows.net"
HOST = "https://me.blob.core.windows.net"


def store(path: str = "container/a/b", **options: Any) -> FsspecStore:
    """Return a store; nothing is sent to it."""
    options = {"account_name": "me", **options}
    fs = AzureBlobFileSystem(asynchronous=True, **options)
    for last in list(weakref.finalize._registry):  # type: ignore[attr-defined]
        # At the end of the interpreter, it would wait for a loop that no longer runs.
        found = last.peek()
        if found is not None and found[0] is fs:
            last.detach()
    return FsspecStore(fs, path=path)


class Token:
    """A credential like those of `azure-identity`."""

    token = "SECRET"
    expires_on = 4_000_000_000

    async def get_token(self, *_: Any, **__: Any) -> Any:
        return self

    async def close(self) -> None: ...


@pytest.mark.parametrize(
    ("options", "config"),
    [
        ({"anon": True}, {"skip_signature": "true"}),
        ({"account_key": KEY}, {"account_key": KEY}),
        ({"sas_token": "?sv=1&sig=S%3D"}, {"sas_key": "sv=1&sig=S%3D"}),
        ({"credential": "sv=1&sig=S"}, {"sas_key": "sv=1&sig=S"}),
        (
            {"connection_string": CONNECTION},
            {"account_key": KEY},
        ),
        ({"anon": True, "account_host": "me.private.net"}, {"endpoint": "https://me.private.net"}),
    ],
)
def test_requests_are_signed_as_adlfs_signs_them(
    options: dict[str, Any], config: dict[str, str]
) -> None:
    """Catches a key that is ignored, and a signature for an anonymous reader."""
    found = settings_of(store(**options))
    expected = {"container_name": "container", "account_name": "me", "endpoint": HOST, **config}
    if "endpoint" in config:
        expected["skip_signature"] = "true"
    assert (found.kind, found.prefix, dict(found.config)) == ("azure", "a/b", expected)
    assert reason(store(**options)) == "natively"


def test_an_emulator_has_the_account_in_its_path() -> None:
    """Catches requests and signatures for a path that the emulator does not have."""
    endpoint = "http://127.0.0.1:10000/me"
    connection = f"AccountName=me;AccountKey={KEY};BlobEndpoint={endpoint}"
    given = store(account_name=None, connection_string=connection)
    found = settings_of(given)
    assert dict(found.config) == {
        "container_name": "container",
        "account_name": "me",
        "endpoint": endpoint,
        "account_key": KEY,
    }
    assert dict(found.client_options or [])["allow_http"] == "true"
    assert reason(given) == "natively"


def test_tokens_are_those_of_adlfs() -> None:
    """Catches a client secret that is not used, and a coroutine that no loop runs."""
    secret = {"client_id": "id", "client_secret": "SECRET", "tenant_id": "t"}
    given = store(**secret)
    provider: Any = settings_of(given).provider
    assert provider[0]._credential is given.fs.sync_credential
    assert not is_coroutine(provider[0]._credential.get_token)
    given = store(credential=Token())
    provider = settings_of(given).provider
    assert provider[0]()["token"] == "SECRET"
    assert is_coroutine(provider[0]._credential.get_token)


def test_times_are_those_of_adlfs() -> None:
    """Catches a limit that is not followed."""
    found = settings_of(store(anon=True, connection_timeout=2, read_timeout=3)).client_options
    assert dict(found or []) == {
        "timeout": "1day",
        "allow_http": "false",
        "connect_timeout": "2000ms",
        "read_timeout": "3000ms",
    }


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"version_aware": True}, "version_aware"),
        ({"location_mode": "secondary"}, "location_mode"),
        ({"timeout": 3}, "adlfs has options"),
        ({"not_known": 1}, "adlfs has options"),
        ({"path": "/"}, "name of a container"),
        ({"path": "container/a%20b"}, "of a URL"),
        ({"account_host": "me.private.net/other"}, "without the name of an account"),
    ],
)
def test_what_cannot_be_said_goes_over_the_bridge(options: dict[str, Any], words: str) -> None:
    """Catches an option that is ignored."""
    assert words in reason(store(**{"anon": True, **options}))
