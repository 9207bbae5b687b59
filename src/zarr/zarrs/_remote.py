"""Object stores that the extension reads and writes itself, over the network."""

from __future__ import annotations

import inspect
import sys
from typing import TYPE_CHECKING, Any, Final

from packaging.version import Version

from zarr.storage import ObjectStore
from zarr.zarrs._extension import extension

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from zarr.abc.store import Store

_KINDS: Final = {"S3Store": "s3", "GCSStore": "gcs", "AzureStore": "azure", "HTTPStore": "http"}
_ARGUMENTS: Final = {"prefix", "config", "client_options", "retry_config", "credential_provider"}

_OLDEST: Final = Version("0.6")
"""Earlier releases of obstore send other names for keys with characters like `%`."""

_REFRESH_SECONDS: Final = 300.0
"""How long before credentials expire obstore asks its provider for new ones."""


class NotNativeError(Exception):
    """A store is read and written through Python; the message says why."""


def native(store: Store, written: Any) -> Any:
    """Return the extension's handle of an object store; `written` has its identity and locks.

    Raises
    ------
    NotNativeError
        The extension cannot tell how to reach the objects of this store, or would not reach them
        in the same way.
    """
    make = getattr(extension(), "RemoteStore", None)
    if make is None:
        raise NotNativeError("the extension was built without the feature 'remote'")
    if type(store) is not ObjectStore:
        raise NotNativeError("it is not a zarr.storage.ObjectStore")
    kind = _kind(store.store)
    url, arguments = _arguments(store.store)
    client_options = arguments.pop("client_options", None)
    options = dict(client_options or {})
    headers, certificates = (
        options.pop("default_headers", {}),
        options.pop("root_certificate", None),
    )
    given = {
        "url": url,
        "prefix": arguments.pop("prefix", None),
        "config": _texts(arguments.pop("config", None) or {}),
        "client_options": None if client_options is None else _texts(options),
        "headers": [(name, _bytes(value)) for name, value in headers.items()],
        "certificates": None if certificates is None else _bytes(certificates),
        "retry": _retry(arguments.pop("retry_config", None)),
        "provider": _provider(kind, arguments.pop("credential_provider", None)),
    }
    try:
        return make(kind, written, **given)
    except Exception as error:
        raise NotNativeError(str(error)) from error


def _kind(inner: object) -> str:
    """Return the kind of an obstore store; a subclass may have changed what its methods do."""
    module = sys.modules.get("obstore.store")
    name = type(inner).__name__
    if name not in _KINDS or type(inner) is not getattr(module, name, None):
        raise NotNativeError(f"{type(inner).__name__} is not a store of obstore over the network")
    if Version(sys.modules["obstore"].__version__) < _OLDEST:
        raise NotNativeError(f"obstore is older than {_OLDEST}")
    return _KINDS[name]


def _arguments(inner: Any) -> tuple[str | None, dict[str, Any]]:
    """Return the URL and the keywords from which obstore would make the same store again."""
    try:
        args, kwargs = inner.__getnewargs_ex__()
    except BaseException as error:
        # Some configurations make obstore panic, which is no `Exception`.
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise NotNativeError("obstore does not tell its configuration") from error
    unknown = set(kwargs) - _ARGUMENTS
    if unknown or len(args) > 1:
        raise NotNativeError(f"obstore has arguments that are not known: {sorted(unknown)}")
    return (str(args[0]) if args else None), dict(kwargs)


def _texts(options: Mapping[str, Any]) -> list[tuple[str, str]]:
    for name, value in options.items():
        if not isinstance(value, str):
            raise NotNativeError(f"the option {name!r} is not text")
    return list(options.items())


def _bytes(value: str | bytes) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(value)


def _retry(config: Mapping[str, Any] | None) -> tuple[float, float, float, int, float] | None:
    if config is None:
        return None
    try:
        backoff = config["backoff"]
        return (
            _seconds(backoff["init_backoff"]),
            _seconds(backoff["max_backoff"]),
            float(backoff["base"]),
            int(config["max_retries"]),
            _seconds(config["retry_timeout"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise NotNativeError("retry_config has another form") from error


def _seconds(duration: timedelta) -> float:
    return duration.total_seconds()


def _provider(kind: str, provider: Any) -> tuple[Any, float] | None:
    if provider is None:
        return None
    if kind not in ("s3", "gcs"):
        raise NotNativeError("the extension calls credential providers for S3 and GCS only")
    if inspect.iscoroutinefunction(provider) or inspect.iscoroutinefunction(
        getattr(provider, "__call__", None)  # noqa: B004
    ):
        raise NotNativeError("the credential provider is asynchronous")
    before = getattr(provider, "refresh_threshold", None)
    return provider, _REFRESH_SECONDS if before is None else _seconds(before)
