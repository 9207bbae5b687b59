"""Functions that return credentials, in the form in which the extension reads them.

If a server refuses credentials before they expire, the extension asks once more. It calls
`renew_refused` of a provider that keeps credentials itself, and otherwise the provider.
"""

from __future__ import annotations

import inspect
import os
import sys
from copy import copy
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from zarr.crud.backends import on_loop

if TYPE_CHECKING:
    from collections.abc import Callable

REFRESH_SECONDS: Final = 300.0
"""How long before credentials expire the extension asks for new ones."""

_AGAIN: Final = timedelta(seconds=REFRESH_SECONDS + 60)
"""Libraries that refresh credentials themselves are asked once a minute, which sends nothing."""

_AZURE_SCOPE: Final = "https://storage.azure.com/.default"


class OnLoop:
    """An asynchronous provider, run on zarr's event loop."""

    def __init__(self, provider: Callable[[], Any]) -> None:
        self._provider = provider

    def __call__(self) -> Any:
        return on_loop(self._provider())


class WithPairs:
    """A provider for Azure, whose signature is split into names and values, as obstore does."""

    def __init__(self, provider: Callable[[], Any]) -> None:
        self._provider = provider

    def __call__(self) -> Any:
        return self._split(self._provider())

    def renew_refused(self) -> Any:
        """Ask again."""
        return self._split(getattr(self._provider, "renew_refused", self._provider)())

    def _split(self, found: Any) -> Any:
        signature = found.get("sas_token") if isinstance(found, dict) else None
        if not isinstance(signature, str):
            return found
        parts = unquote(signature).lstrip("?").split("&")
        pairs = [tuple(part.strip().split("=", 1)) for part in parts if part.strip()]
        return {**found, "sas_token": pairs}


class FromBotocore:
    """The credentials that botocore finds: profiles, SSO, roles, the metadata of an instance."""

    def __init__(self, session: Any) -> None:
        self._session, self._process = session, os.getpid()

    def __call__(self) -> dict[str, Any]:
        if self._process != os.getpid():
            # Another thread of the parent may have held a lock of the session.
            self._begin_anew()
        found = self._session.get_credentials()
        if found is None:
            from botocore.exceptions import NoCredentialsError

            raise NoCredentialsError
        frozen = found.get_frozen_credentials()
        return {
            "access_key_id": frozen.access_key,
            "secret_access_key": frozen.secret_key,
            "token": frozen.token,
            "expires_at": _soon() if hasattr(found, "refresh_needed") else None,
        }

    def renew_refused(self) -> dict[str, Any]:
        """Look for credentials again; botocore itself refreshes them only by the clock."""
        self._begin_anew()
        return self()

    def _begin_anew(self) -> None:
        profile = self._session.profile
        self._session, self._process = type(self._session)(profile=profile), os.getpid()


class FromGoogle:
    """The credentials of a file system of `gcsfs`."""

    def __init__(self, credentials: Any) -> None:
        self._credentials, self._process = credentials, os.getpid()

    def __call__(self) -> dict[str, Any]:
        return self._refreshed()

    def renew_refused(self) -> dict[str, Any]:
        """Refresh a token that the clock says is good; one that never expires is given by users."""
        expires = getattr(self._credentials.credentials, "expiry", None) is not None
        return self._refreshed(**({"refresh_buffer": sys.maxsize} if expires else {}))

    def _refreshed(self, **buffer: int) -> dict[str, Any]:
        if self._process != os.getpid():
            # Another thread of the parent may have held the lock.
            self._credentials, self._process = copy(self._credentials), os.getpid()
            self._credentials.lock = Lock()
        self._credentials.maybe_refresh(**buffer)
        return {"token": self._credentials.credentials.token, "expires_at": _soon()}


class FromAzure:
    """A credential of `azure-identity`; its method may be asynchronous."""

    def __init__(self, credential: Any) -> None:
        self._credential = credential

    def __call__(self) -> dict[str, Any]:
        get_token = self._credential.get_token
        if inspect.iscoroutinefunction(get_token):
            found = on_loop(get_token(_AZURE_SCOPE))
        else:
            found = get_token(_AZURE_SCOPE)
        return {"token": found.token, "expires_at": datetime.fromtimestamp(found.expires_on, UTC)}


def is_asynchronous(provider: object) -> bool:
    """Return whether calling a provider returns a coroutine."""
    return inspect.iscoroutinefunction(provider) or inspect.iscoroutinefunction(
        getattr(provider, "__call__", None)  # noqa: B004
    )


def _soon() -> datetime:
    return datetime.now(UTC) + _AGAIN
