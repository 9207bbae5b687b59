"""Stores that are named by a URL, with the options of their file system.

Calls with one URL and equal options use one store object, so that a backend keeps its client, its
readers and what it knows about nodes. A store is kept as long as fsspec keeps its file system.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from zarr.crud._bounded_cache import BoundedCache
from zarr.crud._stores.store_like import open_store
from zarr.storage import FsspecStore, StorePath
from zarr.storage._utils import parse_store_url

if TYPE_CHECKING:
    from collections.abc import Hashable

    from zarr.abc.store import Store

MOST: Final = 128
"""The most stores that are kept."""

UNUSED: Final = (
    "'storage_options' was provided but unused. "
    "'storage_options' is only used when the store is passed as an FSSpec URI string."
)
"""As upstream says it."""


LOCAL: Final = ("", "file", "memory")
"""Schemes, or none, that need no file system of fsspec."""


local_path: Final = lru_cache(maxsize=MOST)(Path)
"""The path of a name: to make one, and its text, takes longer than to read a small file."""


def is_url(store: object) -> bool:
    """Return whether an argument is a URL that a file system of fsspec serves."""
    # Only what has a colon has a scheme, and parsing takes as long as opening a file.
    return isinstance(store, str) and ":" in store and parse_store_url(store).scheme not in LOCAL


def named_store(store: Any, storage_options: Mapping[str, Any] | None) -> Any:
    """Return the store that a URL names, the path of local files, any other argument as it is.

    Raises
    ------
    TypeError
        There are options, but no file system that takes them; or they are not options.
    """
    if isinstance(store, str) and ":" not in store and storage_options is None:
        return local_path(store)
    parsed = parse_store_url(store) if isinstance(store, str) else None
    if parsed is not None and parsed.scheme not in LOCAL:
        return _at(store, {} if storage_options is None else _checked(storage_options))
    # Upstream takes empty options for these.
    if storage_options is not None and (not isinstance(store, StorePath) or storage_options):
        raise TypeError(UNUSED)
    if parsed is None or parsed.scheme == "memory":
        return store
    # Zarr would make the folder of a `file:` URL, even to read what is not there.
    return Path(parsed.path if parsed.scheme else store)


def _checked(storage_options: object) -> dict[str, Any]:
    # The options may be secret, so no message shows them.
    if not isinstance(storage_options, Mapping):
        raise TypeError(
            f"storage_options is a {type(storage_options).__name__}; use a mapping of names to "
            "values, such as {'anon': True}"
        )
    options = dict(storage_options)
    for name in options:
        if not isinstance(name, str):
            raise TypeError(
                f"storage_options has a name that is a {type(name).__name__}; use text, such as "
                "'anon'"
            )
    return options


def _at(url: str, options: dict[str, Any]) -> Store:
    named = Named.of(url, options)
    store = _stores.get(named)
    if store is None or not _holds(store, named):
        _stores.discard(named)
        store = _stores(named)
        if not _holds(store, named):
            _stores.discard(named)
    return store


def _holds(store: Store, named: Named) -> bool:
    """Whether fsspec keeps the file system: it forgets all if told to, and keeps no archives."""
    if named.is_opaque:
        return not named.options.get("skip_instance_cache")
    file_system: Any = store.fs if isinstance(store, FsspecStore) else None
    file_system = getattr(file_system, "sync_fs", file_system)
    kept = vars(type(file_system)).get("_cache", {})
    return kept.get(getattr(file_system, "_fs_token", None)) is file_system


class Opaque:
    """An object that is equal to itself only: two credentials may look alike."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Opaque) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


@dataclass(frozen=True, slots=True, repr=False)
class Named:
    """A URL with options. It has no `repr`, because options may be secret."""

    url: str
    frozen: Hashable
    options: dict[str, Any] = field(compare=False)
    is_opaque: bool = field(compare=False)

    @classmethod
    def of(cls, url: str, options: dict[str, Any]) -> Named:
        """Return the key for a URL and options, whose values may be of any class."""
        opaque: list[object] = []
        try:
            # The settings of fsspec are defaults of options.
            frozen = _frozen(options, opaque), _frozen(_settings(), opaque)
        except RecursionError:
            raise ValueError("storage_options contains itself; use plain values") from None
        return cls(url, frozen, options, bool(opaque))


def _settings() -> object:
    try:
        from fsspec.config import conf
    except ImportError:
        return {}
    return conf


def _frozen(value: Any, opaque: list[object]) -> Hashable:
    """Return an equal key for equal values; objects of unknown classes are added to `opaque`."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str, bytes):
        # With the class, because `True` equals 1.
        return kind, value
    if kind is dict:
        return kind, frozenset((key, _frozen(held, opaque)) for key, held in value.items())
    # A named tuple, such as `aiohttp.BasicAuth`, has nothing besides its items.
    if kind in (list, tuple) or (hasattr(kind, "_fields") and not hasattr(value, "__dict__")):
        return kind, tuple([_frozen(held, opaque) for held in value])
    opaque.append(value)
    return Opaque(value)


def _copied(value: Any) -> Any:
    """Return what the caller cannot change afterwards."""
    if type(value) is dict:
        return {key: _copied(held) for key, held in value.items()}
    return [_copied(held) for held in value] if type(value) is list else value


def _open(named: Named) -> Store:
    options = _copied(named.options)
    if named.is_opaque:
        # Fsspec compares the texts of objects, which may be equal for two credentials.
        options["skip_instance_cache"] = True
    return open_store(named.url, options or None).store


_stores = BoundedCache(_open, most=MOST)

_inherited: Final[list[object]] = []
"""Stores of the process from which this one was forked. To free them could wait for its threads."""


def _forget() -> None:
    global _stores
    _inherited.append(_stores)
    _stores = BoundedCache(_open, most=MOST)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
