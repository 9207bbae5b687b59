"""What a file system over HTTP was configured with, as the extension's client is told."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import BasicAuth, ClientSession, ClientTimeout

import _zarrs_bindings as zb
from tests.zarrs.remote.reasons import reason
from zarr.storage import FsspecStore
from zarr.zarrs._remote import settings_of
from zarr.zarrs._store import can_be_kept, handle_of

if TYPE_CHECKING:
    from pathlib import Path

URL = "https://example.org/data"


def store(url: str = URL, **options: Any) -> FsspecStore:
    """Return a store; nothing is sent to it."""
    return FsspecStore.from_url(url, storage_options=options)


def basic(user: str, password: str = "") -> Any:
    """Return what users of aiohttp give, although it is deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return BasicAuth(user, password)


async def own_client(**options: Any) -> ClientSession:
    """Return a session that may do anything."""
    return ClientSession(**options)


def test_headers_and_authorization_are_sent() -> None:
    """Catches a token that is not sent, or is shown."""
    options = {"headers": {"X-Token": "SECRET"}, "auth": basic("me", "SECRET")}
    found = settings_of(store(client_kwargs=options, headers={"x-more": "1"}))
    assert found.url == URL
    assert dict(found.headers) == {
        "x-token": b"SECRET",
        "authorization": b"Basic bWU6U0VDUkVU",
        "x-more": b"1",
    }
    assert "SECRET" not in repr(found)
    assert reason(store(client_kwargs=options)) == "natively"


def test_times_are_those_of_aiohttp() -> None:
    """Catches a limit of 30 seconds on a large value, and one that is not followed."""
    options = {"timeout": ClientTimeout(total=7, sock_read=0.5)}
    found = settings_of(store("http://localhost:1/a", client_kwargs=options)).client_options
    assert found == [("allow_http", "true"), ("timeout", "7000ms"), ("read_timeout", "500ms")]
    assert settings_of(store()).client_options == [("allow_http", "false")]


@pytest.mark.parametrize(
    ("url", "options", "words"),
    [
        (f"{URL}?sig=SECRET", {}, "query"),
        (f"{URL}#a", {}, "fragment"),
        ("https://me:SECRET@example.org/a", {}, "holds a user"),
        (URL, {"encoded": True}, "for encoded"),
        (URL, {"get_client": own_client}, "own client"),
        (URL, {"ssl": False}, "the file system has options"),
        (URL, {"client_kwargs": {"cookies": {"a": "SECRET"}}}, "client_kwargs has options"),
        (URL, {"client_kwargs": {"timeout": 3}}, "ClientTimeout"),
        (URL, {"headers": {"Range": "bytes=0-1"}}, "which part"),
        (
            URL,
            {"headers": {"Authorization": "SECRET"}, "auth": basic("a")},
            "only authorization",
        ),
    ],
)
def test_what_cannot_be_said_goes_over_the_bridge(
    url: str, options: dict[str, Any], words: str
) -> None:
    """Catches an option that is ignored, and a secret in the reason."""
    found = reason(store(url, **options))
    assert words in found
    assert "SECRET" not in found


def test_what_the_environment_adds_goes_over_the_bridge(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Catches a proxy that only one of the two uses, and credentials of a file."""
    trusting = {"trust_env": True}
    assert reason(store(client_kwargs=trusting)) == "natively"
    (tmp_path / "netrc").write_text("machine example.org login me password SECRET")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert reason(store()) == "natively"
    assert "credentials from a file" in reason(store(client_kwargs=trusting))
    monkeypatch.setenv("https_proxy", "http://proxy:1")
    assert "proxy" in reason(store())


def test_a_path_like_a_url_goes_over_the_bridge() -> None:
    """Catches a key with `%`, `?` or `#`, which is sent as it is, and means another object."""
    given = store()
    assert isinstance(handle_of(given, "a b/ü"), zb.RemoteStore)
    assert can_be_kept(given, "a b/ü")
    for path in ("a%20b", "a?b", "a#b"):
        assert isinstance(handle_of(given, path), zb.PythonStore)
        assert not can_be_kept(given, path)
