"""Backends by name: those registered for a block, and those declared by packages."""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from zarr.crud._arguments import of_engine
from zarr.crud._errors import BackendUnavailableError, UnknownBackendError
from zarr.crud.backends.contract import CrudBackend
from zarr.crud.backends.declarations import (
    RESERVED_NAMES,
    check_contract,
    declared,
    made,
    not_available,
    unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_registered: dict[str, CrudBackend] = {}

registrations = 0
"""How often the backends that are registered have changed."""


class BackendStatus(NamedTuple):
    """Whether a registered backend can run here, and if not, why and what to do."""

    available: bool
    reason: str | None


@contextmanager
def register_backend(backend: CrudBackend | type[CrudBackend]) -> Iterator[CrudBackend]:
    """Register `backend` under its name for the duration of a `with` block, and return the object.

    A class is instantiated without arguments. To register permanently, declare an entry point in
    the group `zarr.crud.backends` of a package.

    Raises
    ------
    TypeError
        `backend` is neither a `CrudBackend` object nor a class of one, or has no name.
    ValueError
        The name is taken, reserved, or not an identifier.
    BackendUnavailableError
        The backend cannot run here; the message says why.
    """
    if isinstance(backend, type) and issubclass(backend, CrudBackend):
        backend = _object_of(backend)
    if not isinstance(backend, CrudBackend):
        raise TypeError(f"the backend is {backend!r}; use an object of a subclass of CrudBackend")
    check_backend(backend)
    name = backend.name
    if name in RESERVED_NAMES or not name.isidentifier():
        raise ValueError(f"{name!r} cannot name a backend; choose another identifier")
    if name in _registered or name in declared():
        raise ValueError(f"a backend named {name!r} is registered already; choose another name")
    check_runs(backend)
    _registered[name] = backend
    _changed()
    try:
        yield backend
    finally:
        del _registered[name]
        _changed()


def _object_of(backend_class: type[CrudBackend]) -> CrudBackend:
    try:
        return backend_class()
    except TypeError as err:
        raise TypeError(
            f"the backend is {backend_class!r}, a class that cannot be instantiated without "
            f"arguments ({err}); use an object of it"
        ) from err


def check_backend(backend: CrudBackend) -> None:
    """Refuse a backend without a name."""
    if not isinstance(getattr(backend, "name", None), str):
        raise of_engine(
            TypeError(f"the engine {backend!r} has no name; set the class attribute `name`")
        )


def check_runs(backend: CrudBackend) -> None:
    """Refuse a backend that says that it cannot run here."""
    check_contract(type(backend), backend.name)
    reason = type(backend).unavailable()
    if reason is not None:
        raise BackendUnavailableError(not_available(backend.name) + reason)


def _changed() -> None:
    global registrations
    _ordered.cache_clear()
    registrations += 1


def get_backend(name: str) -> CrudBackend:
    """Return the backend registered under `name`.

    Raises
    ------
    UnknownBackendError
        There is no backend of this name; the message lists the existing ones.
    BackendUnavailableError
        The backend needs something that is not installed; the message says how to get it.
    TypeError
        `name` is not a string.
    """
    if not isinstance(name, str):
        raise TypeError(f"the name of a backend is {name!r}; use a string, such as 'reference'")
    backend = _registered.get(name)
    if backend is not None:
        return backend
    if name not in declared():
        known = ", ".join(repr(known) for known in list_backends())
        raise UnknownBackendError(f"there is no backend named {name!r}; there are {known}")
    found = made(name)
    if isinstance(found, str):
        raise BackendUnavailableError(not_available(name) + found)
    return found


def backend_or_reason(name: str) -> CrudBackend | str:
    """Return the backend of a name that there is, or why it cannot run here."""
    backend = _registered.get(name)
    return made(name) if backend is None else backend


def list_backends() -> dict[str, BackendStatus]:
    """Return the status of every registered backend by name, without importing extensions."""
    statuses = dict.fromkeys(_registered, BackendStatus(available=True, reason=None))
    for name in declared():
        reason = unavailable(name)
        statuses[name] = BackendStatus(available=reason is None, reason=reason)
    return dict(sorted(statuses.items()))


def by_preference() -> tuple[CrudBackend, ...]:
    """Return the backends that can run here, the most preferred first."""
    return _ordered()[0]


def passed_over() -> dict[str, str]:
    """Return why the others cannot run here, by name; a failed attempt to make one is a reason."""
    return _ordered()[1]


@cache
def _ordered() -> tuple[tuple[CrudBackend, ...], dict[str, str]]:
    backends, reasons = list(_registered.values()), {}
    for name in declared():
        found = made(name)
        if isinstance(found, str):
            reasons[name] = found
        else:
            backends.append(found)
    return tuple(sorted(backends, key=lambda it: (-it.preference, it.name))), reasons
