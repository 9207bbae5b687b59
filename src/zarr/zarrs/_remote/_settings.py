"""What the extension builds a client from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Collection


CONTROLS: Final = frozenset(map(chr, (*range(32), 127)))
"""Characters that the extension's client sends in no key."""

OF_URLS: Final = frozenset("%?#")
"""Characters with a meaning in URLs."""


class NotNativeError(Exception):
    """A store is read through Python; the message says why.

    If `is_final` is false, the reason may vanish, so the next call asks again.
    """

    def __init__(self, reason: str, *, is_final: bool = True) -> None:
        super().__init__(reason)
        self.is_final = is_final


@dataclass(repr=False)
class Settings:
    """The arguments of the extension's `RemoteStore`; some are secret, so they have no `repr`."""

    kind: str
    url: str | None = None
    prefix: str | None = None
    config: list[tuple[str, str]] = field(default_factory=list)
    client_options: list[tuple[str, str]] | None = None
    headers: list[tuple[str, bytes]] = field(default_factory=list)
    certificates: bytes | None = None
    retry: tuple[float, float, float, int, float] | None = None
    provider: tuple[Callable[[], object], float] | None = None
    is_fsspec: bool = False
    regional: tuple[str, str] | None = None
    odd: frozenset[str] = frozenset()
    """Characters of paths that the file system does not take for themselves, but for a URL's."""


def has_any(characters: frozenset[str], path: str) -> bool:
    """Return whether a path has any of some characters."""
    return not characters.isdisjoint(path)


def check_known(what: str, given: Collection[str], known: Collection[str]) -> None:
    """Refuse names that are not known: they may change what a request means."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise NotNativeError(f"{what} has options that the extension does not know: {unknown}")


def check_no_proxy(what: str) -> None:
    """Refuse proxies of the environment, which the extension would use and `aiohttp` would not."""
    # It loads what speaks HTTP, which takes longer than to open an array of local files.
    from urllib.request import getproxies

    if any(scheme in getproxies() for scheme in ("http", "https", "all")):
        raise NotNativeError(f"{what} does not use the proxy that the environment names")


def milliseconds(seconds: float) -> str:
    """Return a time as the extension reads it."""
    return f"{round(seconds * 1000)}ms"
