"""Backends by name: entry points, looked up when first asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final, NamedTuple

from zarr.crud._contract import CrudBackend
from zarr.crud._errors import BackendUnavailableError, UnknownBackendError

ENTRY_POINT_GROUP: Final = "zarr.crud.backends"

# Names that choose a policy or upstream's own path, not a backend.
RESERVED_NAMES: Final = frozenset({"zarr", "auto"})

_registered: dict[str, CrudBackend] = {}

registrations = 0
"""How often the backends that are registered have changed."""


class BackendStatus(NamedTuple):
    """Whether a registered backend can run here, and if not, why and what to do."""

    available: bool
    reason: str | None


@contextmanager
def register_backend(backend: CrudBackend) -> Iterator[CrudBackend]:
    """Register `backend` under its name for the duration of a `with` block.

    For good, a package declares an entry point in the group `zarr.crud.backends` instead.

    Raises
    ------
    TypeError
        `backend` is no `CrudBackend` object, or has no name.
    ValueError
        The name is taken, reserved, or not an identifier.
    """
    if not isinstance(backend, CrudBackend):
        raise TypeError(f"the backend is {backend!r}; use an object of a subclass of CrudBackend")
    check_backend(backend)
    name = backend.name
    if name in RESERVED_NAMES or not name.isidentifier():
        raise ValueError(f"{name!r} cannot name a backend; choose another identifier")
    if name in _registered or name in _declared():
        raise ValueError(f"a backend named {name!r} is registered already; choose another name")
    _registered[name] = backend
    _changed()
    try:
        yield backend
    finally:
        del _registered[name]
        _changed()


def check_backend(backend: CrudBackend) -> None:
    """Refuse a backend without a name."""
    if not isinstance(getattr(backend, "name", None), str):
        raise TypeError(f"the engine {backend!r} has no name; set the class attribute `name`")


def _changed() -> None:
    global registrations
    _ordered.cache_clear()
    registrations += 1


def get_backend(name: str) -> CrudBackend:
    """Return the backend registered under `name`.

    Raises
    ------
    UnknownBackendError
        There is none of this name; the message lists those there are.
    BackendUnavailableError
        What it needs is not installed; the message says how to get it.
    TypeError
        `name` is not a string.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a backend is {name!r}; use a string, such as 'reference'")
    backend = _registered.get(name)
    if backend is None:
        backend = _made(name)
    return backend


def list_backends() -> dict[str, BackendStatus]:
    """Return the status of every registered backend by name, importing no extension."""
    statuses = dict.fromkeys(_registered, BackendStatus(available=True, reason=None))
    for name in _declared():
        try:
            reason = _class(name).unavailable()
        except BackendUnavailableError as err:
            reason = str(err)
        statuses[name] = BackendStatus(available=reason is None, reason=reason)
    return dict(sorted(statuses.items()))


def by_preference() -> tuple[CrudBackend, ...]:
    """Return the backends that can run here, the most preferred first."""
    return _ordered()


@cache
def _ordered() -> tuple[CrudBackend, ...]:
    declared = (name for name in _declared() if _is_available(name))
    backends = [*_registered.values(), *(_made(name) for name in declared)]
    return tuple(sorted(backends, key=lambda backend: (-backend.preference, backend.name)))


@cache
def _is_available(name: str) -> bool:
    try:
        return _class(name).unavailable() is None
    except BackendUnavailableError:
        return False


@cache
def _made(name: str) -> CrudBackend:
    if name not in _declared():
        known = ", ".join(repr(known) for known in list_backends())
        raise UnknownBackendError(f"there is no backend named {name!r}; there are {known}")
    backend_class = _class(name)
    reason = backend_class.unavailable()
    if reason is not None:
        raise BackendUnavailableError(f"the backend {name!r} is not available: {reason}")
    return backend_class()


@cache
def _class(name: str) -> type[CrudBackend]:
    entry_point = _declared()[name]
    try:
        found = entry_point.load()
    except (ImportError, AttributeError) as err:
        raise BackendUnavailableError(
            f"the backend {name!r} does not import ({entry_point.value}): {err}"
        ) from err
    if not (isinstance(found, type) and issubclass(found, CrudBackend)):
        raise BackendUnavailableError(
            f"the entry point of backend {name!r} is not a CrudBackend class ({entry_point.value})"
        )
    return found


@cache
def _declared() -> dict[str, EntryPoint]:
    declared: dict[str, EntryPoint] = {}
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        other = declared.setdefault(entry_point.name, entry_point)
        if other.value != entry_point.value:
            raise ValueError(
                f"two packages declare a backend named {entry_point.name!r}: {other.value} and "
                f"{entry_point.value}; uninstall one of them"
            )
    return declared
