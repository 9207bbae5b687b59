"""Backends that installed packages declare by entry points, looked up at first use."""

from __future__ import annotations

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Final

from zarr.crud._errors import BackendUnavailableError
from zarr.crud.backends.contract import CONTRACT, CrudBackend

ENTRY_POINT_GROUP: Final = "zarr.crud.backends"

# Names that choose a policy or upstream's own path, not a backend.
RESERVED_NAMES: Final = frozenset({"zarr", "auto"})

_instances: dict[str, CrudBackend] = {}


def made(name: str) -> CrudBackend | str:
    """Return the one object of a declared backend, or why it cannot run here, which may change."""
    backend = _instances.get(name)
    if backend is not None:
        return backend
    reason = unavailable(name)
    if reason is not None:
        return reason
    try:
        return _instances.setdefault(name, _class(name)())
    except Exception as err:  # noqa: BLE001  # one that is broken must not stop the others
        return said_of(err).removeprefix(not_available(name))


def said_of(err: Exception) -> str:
    """The failure in one phrase; the message of an `ImportError` is sufficient."""
    return str(err) if isinstance(err, ImportError) else f"{type(err).__name__}: {err}"


def not_available(name: str) -> str:
    """The beginning of an error that says why a backend cannot run here."""
    return f"the backend {name!r} is not available: "


def unavailable(name: str) -> str | None:
    """Return why a declared backend cannot run here, as far as is known without creating it."""
    try:
        return _class(name).unavailable()
    except BackendUnavailableError as err:
        return str(err)
    except Exception as err:  # noqa: BLE001  # likewise
        return said_of(err)


def preference_of(name: str) -> int:
    """Return the preference of a declared backend, even if it cannot run here."""
    try:
        return _class(name).preference
    except BackendUnavailableError:
        return CrudBackend.preference


@cache
def _class(name: str) -> type[CrudBackend]:
    entry_point = declared()[name]
    if name in RESERVED_NAMES or not name.isidentifier():
        raise BackendUnavailableError(
            f"an entry point cannot name a backend {name!r} ({entry_point.value})"
        )
    try:
        found = entry_point.load()
    except Exception as err:
        raise BackendUnavailableError(
            f"the backend {name!r} does not import ({entry_point.value}): {said_of(err)}"
        ) from err
    if not (isinstance(found, type) and issubclass(found, CrudBackend)):
        raise BackendUnavailableError(
            f"the entry point of backend {name!r} is not a CrudBackend class ({entry_point.value})"
        )
    if getattr(found, "name", None) != name:
        raise BackendUnavailableError(
            f"the entry point of backend {name!r} names a class that calls itself "
            f"{getattr(found, 'name', None)!r} ({entry_point.value})"
        )
    check_contract(found, name)
    if not isinstance(found.preference, int):
        raise BackendUnavailableError(
            f"the preference of the backend {name!r} is {found.preference!r}, not an integer"
        )
    return found


def check_contract(backend: type[CrudBackend], name: str) -> None:
    """Refuse a backend that was written for a later version of the contract."""
    if backend.contract not in range(1, CONTRACT + 1):
        raise BackendUnavailableError(
            f"the backend {name!r} was written for the contract {backend.contract!r}, and this "
            f"zarr has the contract {CONTRACT}; install a newer zarr, or an older "
            "release of the backend"
        )


@cache
def declared() -> dict[str, EntryPoint]:
    """Return the backends that installed packages declare, by name."""
    found: dict[str, EntryPoint] = {}
    for entry_point in entry_points(group=ENTRY_POINT_GROUP):
        other = found.setdefault(entry_point.name, entry_point)
        if other.value != entry_point.value:
            raise ValueError(
                f"two packages declare a backend named {entry_point.name!r}: {other.value} and "
                f"{entry_point.value}; uninstall one of them"
            )
    return found
