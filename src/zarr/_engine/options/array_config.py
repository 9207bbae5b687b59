"""Array configurations that carry an engine and its options."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from zarr._engine.engines.names import NATIVE, Asked
from zarr._engine.engines.pickles import pickles_engine
from zarr._engine.options.own_options import KNOWN, NONE_GIVEN, OwnOptions, given_by
from zarr.core.config import config as zarr_config


def engine_config[T](cls: type[T]) -> type[T]:
    """Let `ArrayConfig` distinguish what a caller gives from what is configured."""
    changed: Any = pickles_engine("engine")(cls)
    # As for the engine: CPython finds an instance attribute slowly if its class has it too.
    del changed.engine_options
    restored, state_of, from_dict = (
        changed.__setstate__, changed.__getstate__, changed.from_dict.__func__,
    )  # fmt: skip

    def __getstate__(self: Any) -> dict[str, Any]:
        state: dict[str, Any] = state_of(self)
        # This cache is not part of the array, and would make equal pickles differ.
        state.pop(KNOWN, None)
        return state

    def __setstate__(self: Any, state: dict[str, Any]) -> None:
        # Pickles from a zarr without engines lack it.
        restored(self, {"engine_options": NONE_GIVEN, **state})

    @wraps(from_dict)
    def made(cls: type[T], data: Any) -> T:
        if isinstance(data, Mapping):
            _check_takes(data, zarr_config.config["array"]["engine"])
            data = {**data, "engine_options": given_by(data)}
        found: T = from_dict(cls, data)
        return found

    changed.__getstate__, changed.__setstate__ = __getstate__, __setstate__
    changed.from_dict = classmethod(made)
    return cls


def with_options(native: Callable[..., Any]) -> Callable[..., Any]:
    """Make `with_config` add to the options of the array, and remove those that are `None`."""

    @wraps(native)
    def with_config(self: Any, config: Any) -> Any:
        if isinstance(config, Mapping):
            _check_takes(config, self.config.engine)
            given = given_by(config, self.config.engine_options)
            config = {**config, "engine_options": given}
        return native(self, config)

    return with_config


def _check_takes(data: Mapping[str, Any], otherwise: object) -> None:
    """Refuse options if zarr-python's own path, which ignores them, would read and write."""
    options = data.get("engine_options")
    if options is None or isinstance(options, OwnOptions):
        return
    engine = data.get("engine", otherwise)
    if isinstance(engine, Asked):
        engine = engine.engine
    if not isinstance(engine, str) or engine != NATIVE or options == {}:
        return
    from zarr._engine.options.own_options import takes_no_options

    raise takes_no_options()
