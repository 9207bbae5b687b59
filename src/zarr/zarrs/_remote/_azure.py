"""File systems of `adlfs`, whose client of Azure says where requests go and who signs them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from zarr.zarrs._remote._providers import REFRESH_SECONDS, FromAzure
from zarr.zarrs._remote._settings import (
    CONTROLS,
    OF_URLS,
    NotNativeError,
    Settings,
    check_known,
    has_any,
    milliseconds,
)

if TYPE_CHECKING:
    from zarr.storage import FsspecStore

_KNOWN: Final = {
    *("account_name", "account_key", "connection_string", "credential", "sas_token", "anon"),
    *("client_id", "client_secret", "tenant_id", "account_host", "location_mode"),
    *("request_session", "version_aware", "timeout", "connection_timeout", "read_timeout"),
    # These do not change what is read.
    *("socket_timeout", "blocksize", "loop", "asynchronous", "default_fill_cache"),
    *("default_cache_type", "assume_container_exists", "max_concurrency"),
    *("use_listings_cache", "listings_expiry_time", "max_paths", "skip_instance_cache"),
}
_TIMES: Final = {"connection_timeout": "connect_timeout", "read_timeout": "read_timeout"}


def settings_of(store: FsspecStore) -> Settings:
    """Return what a client for the container of a store is built from.

    Raises
    ------
    NotNativeError
        Something of the file system's configuration cannot be said to the extension.
    """
    fs: Any = store.fs
    check_known("adlfs", fs.storage_options, _KNOWN)
    if fs.version_aware or fs.request_session is not None or fs.location_mode != "primary":
        raise NotNativeError(
            "the extension does not know version_aware, request_session and location_mode"
        )
    check_known("adlfs", fs._timeout_kwargs, _TIMES)
    container, prefix, _ = fs.split_path(store.path)
    if not container:
        raise NotNativeError(f"its path {store.path!r} does not begin with the name of a container")
    if has_any(OF_URLS, store.path):
        raise NotNativeError("its path has characters that adlfs takes for those of a URL")
    client = fs.service_client
    host, account = client.primary_hostname, client.account_name or fs.account_name
    # An emulator has the name of the account in the path.
    if not account or host.partition("/")[2] not in ("", account):
        raise NotNativeError("adlfs uses a host without the name of an account")
    options = {"timeout": "1day", "allow_http": str(client.scheme == "http").lower()}
    for name, seconds in fs._timeout_kwargs.items():
        options[_TIMES[name]] = milliseconds(seconds)
    settings = Settings("azure", prefix=prefix, is_fsspec=True, odd=CONTROLS | OF_URLS)
    settings.client_options = list(options.items())
    settings.config = [
        ("container_name", container),
        ("account_name", account),
        ("endpoint", f"{client.scheme}://{host}"),
    ]
    _sign(settings, fs, client)
    return settings


def _sign(settings: Settings, fs: Any, client: Any) -> None:
    """Say how requests are signed: by a key, a signature, a token, or not at all."""
    credential, query = client.credential, client._query_str.lstrip("?")
    if key := getattr(credential, "account_key", None):
        settings.config.append(("account_key", key))
    elif credential is None and "sig=" in query:
        settings.config.append(("sas_key", query))
    elif credential is None and not query:
        settings.config.append(("skip_signature", "true"))
    elif hasattr(credential, "get_token"):
        # The twin of the file system's own credential needs no event loop.
        given = credential if fs.sync_credential is None else fs.sync_credential
        settings.provider = FromAzure(given), REFRESH_SECONDS
    else:
        raise NotNativeError("adlfs has a credential that the extension does not know")
