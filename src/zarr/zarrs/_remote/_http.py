"""File systems of `fsspec` over plain HTTP."""

from __future__ import annotations

import os
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from zarr.zarrs._remote._settings import (
    CONTROLS,
    OF_URLS,
    NotNativeError,
    Settings,
    check_known,
    check_no_proxy,
    milliseconds,
)

if TYPE_CHECKING:
    from zarr.storage import FsspecStore

_KNOWN: Final = {
    *("client_kwargs", "get_client", "encoded", "headers", "auth"),
    # These do not change what is read.
    *("simple_links", "block_size", "same_scheme", "size_policy", "cache_type", "cache_options"),
    *("asynchronous", "loop", "use_listings_cache", "listings_expiry_time", "max_paths"),
    "skip_instance_cache",
}
_CLIENT: Final = {"headers", "auth", "trust_env", "timeout"}
_TIMES: Final = {
    "total": "timeout",
    "connect": "connect_timeout",
    "sock_connect": "connect_timeout",
    "sock_read": "read_timeout",
}


def settings_of(store: FsspecStore) -> Settings:
    """Return what a client for the URL of a store is built from.

    Raises
    ------
    NotNativeError
        Something of the file system's configuration cannot be said to the extension.
    """
    fs: Any = store.fs
    check_known("the file system", fs.storage_options, _KNOWN)
    check_known("the file system", fs.kwargs, {"headers", "auth"})
    check_known("client_kwargs", fs.client_kwargs, _CLIENT)
    _check(fs, store.path)
    headers = _headers(fs)
    options = {"allow_http": str(store.path.startswith("http://")).lower()}
    options |= _times(fs.client_kwargs.get("timeout"))
    return Settings(
        "http",
        url=store.path,
        client_options=list(options.items()),
        headers=[(name, value.encode("latin-1")) for name, value in headers.items()],
        is_fsspec=True,
        odd=CONTROLS | OF_URLS,
    )


def _check(fs: Any, url: str) -> None:
    from fsspec.implementations.http import get_client

    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise NotNativeError("its path is not a URL")
    if parts.query or parts.fragment or "?" in url or "#" in url:
        raise NotNativeError("its URL has a query or a fragment")
    if "%" in url or url.endswith("//"):
        raise NotNativeError("its URL has escapes, or needless slashes")
    if "@" in parts.netloc:
        raise NotNativeError("its URL holds a user")
    if fs.get_client is not get_client:
        raise NotNativeError("the file system makes its own client")
    if fs.encoded:
        raise NotNativeError("the file system takes keys for encoded")
    check_no_proxy("the file system")
    netrc = Path(os.environ.get("NETRC") or Path.home() / ".netrc")
    if fs.client_kwargs.get("trust_env") and netrc.exists():
        raise NotNativeError("trust_env takes credentials from a file")


def _headers(fs: Any) -> dict[str, str]:
    headers: dict[str, str] = {}
    for given in (fs.client_kwargs, fs.kwargs):
        if given.get("headers"):
            headers |= {str(name).lower(): str(value) for name, value in given["headers"].items()}
        auth = given.get("auth")
        if auth is None:
            continue
        from aiohttp import BasicAuth

        if type(auth) is not BasicAuth or "authorization" in headers:
            raise NotNativeError("auth is not a BasicAuth, or not the only authorization")
        user = f"{auth.login}:{auth.password}".encode(auth.encoding)
        headers["authorization"] = f"Basic {b64encode(user).decode()}"
    if "range" in headers or "if-match" in headers:
        raise NotNativeError("its headers say which part of a value is wanted")
    return headers


def _times(timeout: Any) -> dict[str, str]:
    if timeout is None:
        return {}
    from aiohttp import ClientTimeout

    if type(timeout) is not ClientTimeout:
        raise NotNativeError("timeout is not a ClientTimeout")
    found = {"timeout": "1day"}
    for name, option in _TIMES.items():
        seconds = getattr(timeout, name)
        if seconds:
            found[option] = milliseconds(seconds)
    return found
