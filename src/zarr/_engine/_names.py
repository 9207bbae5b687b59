"""Engine names: in configurations, as keywords, and on arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self, overload

if TYPE_CHECKING:
    from zarr.core.array_spec import ArrayConfig, ArrayConfigLike
    from zarr.crud._registry import BackendStatus

NATIVE: Final = "zarr"
"""The engine that is zarr-python's own read and write path."""


class EngineName:
    """The `engine` attribute of arrays: the name of the engine that serves reads and writes.

    `"zarr"` is zarr-python's own path; `zarr.list_engines()` lists the others.
    """

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> str: ...

    def __get__(self, instance: Any, owner: type) -> Self | str:
        """Return the engine's name, from the array's runtime configuration."""
        if instance is None:
            return self
        engine: str = instance.config.engine
        return engine


def parse_engine(engine: object) -> str:
    """Return `engine` if it can name an engine.

    Whether there is an engine of this name is decided when it is first used: a configuration
    may name one that only some processes have.
    """
    if not isinstance(engine, str):
        raise TypeError(f"engine is {engine!r}; use the name of an engine, such as 'zarr'")
    return engine


def with_engine(config: ArrayConfigLike | None, engine: str | None) -> ArrayConfigLike | None:
    """Return the array configuration `config` with the engine that a caller asked for.

    Raises
    ------
    UnknownBackendError
        There is no engine of this name; the message lists those there are.
    BackendUnavailableError
        It cannot run here; the message says what to install.
    ValueError
        `config` names another engine.
    """
    if engine is None:
        return config
    require_engine(parse_engine(engine))
    given = _engine_of(config)
    if given not in (None, engine):
        raise ValueError(f"engine={engine!r} contradicts the engine {given!r} in config; pass one")
    return _replace(config, engine)


def require_engine(engine: str) -> None:
    """Raise unless there is an engine of this name and it can run here."""
    if engine not in (NATIVE, "auto"):
        from zarr.crud import get_backend

        get_backend(engine)


def list_engines() -> dict[str, BackendStatus]:
    """Return the engines that arrays can be opened with, and whether they can run here.

    Returns
    -------
    dict of str to BackendStatus
        By name. `"zarr"` is zarr-python's own path; the others are the backends of `zarr.crud`.
        Where `available` is false, `reason` says why and what to do.

    Examples
    --------
    >>> import zarr
    >>> sorted(zarr.list_engines())
    ['reference', 'zarr', 'zarrs']
    """
    from zarr.crud import BackendStatus, list_backends

    native = {NATIVE: BackendStatus(available=True, reason=None)}
    return dict(sorted((native | list_backends()).items()))


def _engine_of(config: ArrayConfigLike | None) -> str | None:
    if config is None:
        return None
    if isinstance(config, dict):
        return config.get("engine")
    # A configuration object always has an engine; the default does not contradict anything.
    engine = _as_object(config).engine
    return None if engine == NATIVE else engine


def _replace(config: ArrayConfigLike | None, engine: str) -> ArrayConfigLike:
    from dataclasses import replace

    if config is None or isinstance(config, dict):
        return {**(config or {}), "engine": engine}
    return replace(_as_object(config), engine=engine)


def _as_object(config: ArrayConfigLike) -> ArrayConfig:
    from zarr.core.array_spec import parse_array_config

    return parse_array_config(config)
