"""Engines as names or objects: in configurations, as keywords, and on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Final, Self, cast, overload

from zarr._engine.engines.fixed import Fixed

if TYPE_CHECKING:
    from zarr.crud.backends.contract import CrudBackend
    from zarr.crud.backends.registry import BackendStatus

type EngineLike = str | CrudBackend
"""The name of an engine, `"auto"` for the best engine that serves, or a backend object."""

NATIVE: Final = "zarr"
"""The engine name of zarr-python's own read and write path."""

AUTO: Final = "auto"
"""The name that selects the best engine that serves."""


class Asked(tuple[EngineLike]):
    """An engine that a caller named for one array, passed on to where the array is created."""

    # Not a named tuple: to make such a class takes as long as to import the rest of this module.
    __slots__ = ()

    def __new__(cls, engine: EngineLike) -> Self:
        """Make one of an engine that there is."""
        return super().__new__(cls, (engine,))

    @property
    def engine(self) -> EngineLike:
        """The engine."""
        return self[0]

    def __getnewargs__(self) -> tuple[EngineLike]:
        return (self[0],)

    def __repr__(self) -> str:
        return f"Asked(engine={self[0]!r})"


class EngineName(Fixed):
    """The `engine` attribute of arrays: the name of the engine that serves reads and writes.

    `"zarr"` is zarr-python's own path; `zarr.list_engines()` lists the others.
    """

    instead: ClassVar[str] = (
        "the engine of an array object is fixed; array.with_engine(...) returns another array "
        "object over the same data"
    )

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> str: ...

    def __get__(self, instance: Any, owner: type) -> Self | str:
        """Return the engine's name, from the array's runtime configuration."""
        return self if instance is None else name_of(instance.config.engine)


def name_of(engine: object) -> str:
    """Return the name of an engine; see `parse_engine`."""
    parsed = parse_engine(engine)
    return parsed if isinstance(parsed, str) else parsed.name


def parse_engine(engine: object) -> EngineLike:
    """Return `engine` if it is a string or a backend.

    Whether an engine of this name exists is checked when it is first used: a configuration
    may name an engine that only some processes have.

    Raises
    ------
    TypeError
        `engine` is neither a name nor a backend with a name.
    ValueError
        `engine` is a backend whose name is the name of a policy.
    """
    if isinstance(engine, str):
        # Backends are looked up by plain strings; NumPy has subclasses of `str`.
        return engine if type(engine) is str else str.__str__(engine)
    if isinstance(engine, Asked):
        # It replaces the engine until the array is created.
        return cast("EngineLike", engine)
    from zarr.crud.backends.engines import checked_engine

    return checked_engine(engine)


def require_engine(engine: object) -> EngineLike:
    """Return `engine` if there is such an engine and it can run here.

    Raises
    ------
    UnknownBackendError
        There is no engine of this name; the message lists the existing ones.
    BackendUnavailableError
        The engine cannot run here; the message says what to install.
    TypeError, ValueError
        See `parse_engine`.
    """
    parsed = parse_engine(engine)
    if parsed in (NATIVE, AUTO):
        return parsed
    from zarr.crud.backends.policy import named

    named(parsed)
    return parsed


def list_engines() -> dict[str, BackendStatus]:
    """Return the engines that arrays can be opened with, and whether they can run here.

    Returns
    -------
    dict of str to BackendStatus
        By name. `"zarr"` is zarr-python's own path; the others are the backends of `zarr.crud`.
        If `available` is false, `reason` says why and what to do.

    Examples
    --------
    >>> import zarr
    >>> sorted(zarr.list_engines())
    ['reference', 'zarr', 'zarrista', 'zarrs']
    """
    from zarr.crud import BackendStatus, list_backends

    native = {NATIVE: BackendStatus(available=True, reason=None)}
    return dict(sorted((list_backends() | native).items()))
