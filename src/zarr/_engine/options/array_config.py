"""The configuration of arrays carries an engine and options for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from zarr._engine.engines.names import NATIVE, Asked
from zarr._engine.engines.pickles import pickles_engine
from zarr._engine.options.given import KNOWN, NONE_GIVEN, OwnOptions, given_by
from zarr.core.config import config as zarr_config


def engine_config[T](cls: type[T]) -> type[T]:
    """Let `ArrayConfig` keep apart what a caller gives and what is configured."""
    changed: Any = pickles_engine("engine")(cls)
    # As for the engine: CPython is slow to find in an object what its class has as well.
    del changed.engine_options
    restored, state_of, from_dict = (
        changed.__setstate__, changed.__getstate__, changed.from_dict.__func__,
    )  # fmt: skip

    def __getstate__(self: Any) -> dict[str, Any]:
        state: dict[str, Any] = state_of(self)
        # It says nothing of the array, and whoever compares pickles would find a difference.
        state.pop(KNOWN, None)
        return state

    def __setstate__(self: Any, state: dict[str, Any]) -> None:
        # What was pickled by a zarr without engines lacks it.
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
    """Refuse options where zarr-python's own path would read and write, and not look at them."""
    options = data.get("engine_options")
    if options is None or isinstance(options, OwnOptions):
        return
    engine = data.get("engine", otherwise)
    if isinstance(engine, Asked):
        engine = engine.engine
    if not isinstance(engine, str) or engine != NATIVE or options == {}:
        return
    from zarr._engine.options.given import takes_no_options

    raise takes_no_options()
