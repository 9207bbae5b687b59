"""Functions that return credentials, in the form in which the extension reads them."""

from __future__ import annotations

import asyncio
import os
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import botocore.session
import pytest
from botocore.credentials import Credentials, RefreshableCredentials
from botocore.exceptions import NoCredentialsError

import zarr.core.sync as zarr_sync
from zarr.zarrs._remote._providers import (
    FromAzure,
    FromBotocore,
    FromGoogle,
    OnLoop,
    WithPairs,
    is_asynchronous,
)


class Session:
    """A session of botocore that has found these credentials."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def get_credentials(self) -> Any:
        return self._credentials


async def where() -> Any:
    """Return the loop on which it runs."""
    return asyncio.get_running_loop()


def test_a_coroutine_runs_on_zarrs_loop() -> None:
    """Catches a loop of its own, to which a session of the user's does not belong."""
    assert OnLoop(where)() is zarr_sync._get_loop()
    assert is_asynchronous(where)
    assert not is_asynchronous(OnLoop(where))


@pytest.mark.parametrize("given", ["?sv=1&sig=a%2Bb%3D&", [("sv", "1"), ("sig", "a+b=")]])
def test_a_signature_is_split_as_obstore_does(given: Any) -> None:
    """Catches a signature that is encoded twice, or cut at its `=`."""
    found = WithPairs(lambda: {"sas_token": given, "expires_at": None})()
    assert found["sas_token"] == [("sv", "1"), ("sig", "a+b=")]
    assert WithPairs(lambda: {"token": "t"})() == {"token": "t"}
    again = WithPairs(lambda: {"sas_token": given, "expires_at": None}).renew_refused()
    assert again["sas_token"] == [("sv", "1"), ("sig", "a+b=")]


def test_botocore_is_asked_again_before_its_credentials_expire() -> None:
    """Catches credentials that are kept until they have expired, or asked for at each request."""
    kept = FromBotocore(Session(Credentials("a", "b", "c")))()
    assert kept == {
        "access_key_id": "a",
        "secret_access_key": "b",
        "token": "c",
        "expires_at": None,
    }

    def refresh() -> dict[str, str]:
        later = datetime.now(UTC) + timedelta(hours=1)
        return {
            "access_key": "new",
            "secret_key": "s",
            "token": "t",
            "expiry_time": later.isoformat(),
        }

    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    old = {"access_key": "old", "secret_key": "s", "token": "t", "expiry_time": soon}
    credentials = RefreshableCredentials.create_from_metadata(old, refresh, "test")
    found = FromBotocore(Session(credentials))()
    assert found["access_key_id"] == "new"
    assert timedelta(minutes=5) < found["expires_at"] - datetime.now(UTC) < timedelta(minutes=10)


def test_no_credentials_are_an_error_of_botocore() -> None:
    """Catches an anonymous request where s3fs raises."""
    with pytest.raises(NoCredentialsError):
        FromBotocore(botocore.session.Session())()


def test_a_forked_child_shares_no_lock_with_its_parent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a child that waits for a thread that only its parent has."""

    class Google:
        credentials: Any = None
        lock: Any = None

        def maybe_refresh(self) -> None:
            with self.lock:
                self.credentials = Token()

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    google, session = Google(), botocore.session.Session(profile=None)
    google.lock = threading.Lock()
    of_google, of_botocore = FromGoogle(google), FromBotocore(session)
    google.lock.acquire()
    session.get_credentials = None
    monkeypatch.setattr(os, "getpid", lambda: 1)
    assert of_google()["token"] == "SECRET"
    assert of_botocore()["access_key_id"] == "id"


def test_google_refreshes_its_token() -> None:
    """Catches a token that has expired."""

    class Google:
        credentials: Any = None

        def maybe_refresh(self) -> None:
            self.credentials = Token()

    assert FromGoogle(Google())()["token"] == "SECRET"


@pytest.mark.parametrize(("expiry", "asked"), [(datetime(2033, 5, 18), True), (None, False)])
def test_a_token_of_google_that_is_refused_is_refreshed(expiry: Any, asked: bool) -> None:
    """Catches a token that stays because its time is not over, and one that nobody can refresh."""
    buffers: list[float] = []

    class Google:
        credentials: Any = Token()

        def maybe_refresh(self, refresh_buffer: float = 300) -> None:
            buffers.append(refresh_buffer)

    Google.credentials.expiry = expiry
    assert FromGoogle(Google()).renew_refused()["token"] == "SECRET"
    assert (buffers[0] > 1e9) == asked


def test_a_refusal_begins_a_session_of_botocore_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches keys that were replaced, and that a session keeps."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "old")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s")
    provider = FromBotocore(botocore.session.Session())
    assert provider()["access_key_id"] == "old"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "new")
    assert provider()["access_key_id"] == "old"
    assert provider.renew_refused()["access_key_id"] == provider()["access_key_id"] == "new"


class Token:
    """A token of Google or Azure."""

    token = "SECRET"
    expires_on = 2_000_000_000

    def get_token(self, scope: str) -> Any:
        assert scope == "https://storage.azure.com/.default"
        return self


class Later(Token):
    """A credential for event loops."""

    async def get_token(self, scope: str) -> Any:
        assert asyncio.get_running_loop() is zarr_sync._get_loop()
        return self


@pytest.mark.parametrize("credential", [Token(), Later()])
def test_azure_gives_its_token_and_when_it_expires(credential: Any) -> None:
    """Catches a coroutine in place of a token, and a token that never expires."""
    provider = FromAzure(credential)
    expires = datetime(2033, 5, 18, 3, 33, 20, tzinfo=UTC)
    assert provider() == {"token": "SECRET", "expires_at": expires}
