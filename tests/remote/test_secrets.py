"""Credentials that a store was given, or asks for, are told to nobody but the server."""

from __future__ import annotations

import logging
import os
import pickle
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pytest

import zarr
from tests.remote import stores
from tests.remote.server import Reply
from tests.remote.test_fsspec import s3 as s3_of_fsspec
from zarr import crud

if TYPE_CHECKING:
    from tests.remote.server import Server

# They come from the environment, so no module holds them.
KEY: Final = "AKIDOFTESTS"
SECRET: Final = "HIDDENSECRET"
TOKEN: Final = "HIDDENTOKEN"


def provider() -> Any:
    """Return what the environment has, as a service for credentials would."""
    return {
        "access_key_id": os.environ["SECRETS_KEY"],
        "secret_access_key": os.environ["SECRETS_SECRET"],
        "token": os.environ["SECRETS_TOKEN"],
        "expires_at": None,
    }


async def later() -> Any:
    """Return the same, asynchronously."""
    return provider()


def over_obstore(server: Server, function: Any) -> Any:
    """Return a store with a provider."""
    return stores.native(server, skip_signature=False, credential_provider=function)


def over_s3fs(server: Server, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a store whose credentials botocore finds."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("AWS_SESSION_TOKEN", TOKEN)
    return s3_of_fsspec(server, anon=False)


@pytest.mark.parametrize("kind", ["function", "coroutine", "botocore"])
def test_credentials_are_in_no_text_log_or_pickle(
    server: Server,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Catches credentials that an array takes with it once the client has asked for them."""
    for name, value in (("KEY", KEY), ("SECRET", SECRET), ("TOKEN", TOKEN)):
        monkeypatch.setenv(f"SECRETS_{name}", value)
    data = stores.make(server)
    if kind == "botocore":
        store = over_s3fs(server, monkeypatch)
    else:
        store = over_obstore(server, provider if kind == "function" else later)
    array = stores.opened(store)
    with caplog.at_level(logging.DEBUG, "zarr"):
        assert np.array_equal(array[...], data)
        signed = [one.headers.get("authorization", "") for one in server.requests]
        assert any(KEY in one for one in signed)
        server.gate = lambda request: Reply(403) if request.path.endswith("c/3/2") else None
        with pytest.raises(Exception, match="'c/3/2'") as caught:
            array[...]
    asked = (array, array.engine_info(), crud.explain(array.metadata, store), caught.value)
    told = [*map(repr, asked), str(caught.value), caplog.text, *capfd.readouterr()]
    told.append(repr(zarr.zarrs.network_info(store)))
    told.append(pickle.dumps(array).decode("latin-1"))
    for text in told:
        for credential in (KEY, SECRET, TOKEN):
            assert credential not in text
