"""Stores of obstore over the network: what they were made from."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, Final

from packaging.version import Version

from zarr.zarrs._remote._providers import REFRESH_SECONDS, OnLoop, WithPairs, is_asynchronous
from zarr.zarrs._remote._settings import NotNativeError, Settings, check_known

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

_KINDS: Final = {"S3Store": "s3", "GCSStore": "gcs", "AzureStore": "azure", "HTTPStore": "http"}
_ARGUMENTS: Final = {"prefix", "config", "client_options", "retry_config", "credential_provider"}

OLDEST: Final = Version("0.6")
"""Earlier releases of obstore send other names for keys with characters like `%`."""


def settings_of(inner: Any) -> Settings:
    """Return what a store of obstore was made from.

    Raises
    ------
    NotNativeError
        It has another class, or arguments that are not known.
    """
    kind = _kind(inner)
    url, arguments = arguments_of(inner)
    check_known("the store of obstore", arguments, _ARGUMENTS)
    client_options = arguments.get("client_options")
    options = dict(client_options or {})
    headers, certificates = (
        options.pop("default_headers", {}),
        options.pop("root_certificate", None),
    )
    return Settings(
        kind,
        url=url,
        prefix=arguments.get("prefix"),
        config=_texts(arguments.get("config") or {}),
        client_options=None if client_options is None else _texts(options),
        headers=[(name, _bytes(value)) for name, value in headers.items()],
        certificates=None if certificates is None else _bytes(certificates),
        retry=_retry(arguments.get("retry_config")),
        provider=_provider(kind, arguments.get("credential_provider")),
    )


def _kind(inner: object) -> str:
    """Return the kind of an obstore store; a subclass may have changed what its methods do."""
    module = sys.modules.get("obstore.store")
    name = type(inner).__name__
    if name not in _KINDS or type(inner) is not getattr(module, name, None):
        raise NotNativeError(f"{type(inner).__name__} is not a store of obstore over the network")
    if Version(sys.modules["obstore"].__version__) < OLDEST:
        raise NotNativeError(f"obstore is older than {OLDEST}")
    return _KINDS[name]


def arguments_of(inner: Any) -> tuple[str | None, dict[str, Any]]:
    """Return the URL and the keywords from which obstore would make the same store again."""
    try:
        args, kwargs = inner.__getnewargs_ex__()
    except BaseException as error:
        # Some configurations make obstore panic, which is no `Exception`.
        if isinstance(error, (KeyboardInterrupt, SystemExit)):
            raise
        raise NotNativeError("obstore does not tell its configuration") from error
    if len(args) > 1:
        raise NotNativeError("obstore has arguments that are not known")
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
    before = getattr(provider, "refresh_threshold", None)
    if is_asynchronous(provider):
        provider = OnLoop(provider)
    if kind == "azure":
        provider = WithPairs(provider)
    return provider, REFRESH_SECONDS if before is None else _seconds(before)
