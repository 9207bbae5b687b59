"""The engine that a caller requests: from the keyword, through the config, to the array."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, TypeGuard

from zarr._engine.engines.names import (
    AUTO,
    NATIVE,
    Asked,
    EngineLike,
    name_of,
    parse_engine,
    require_engine,
)
from zarr._engine.engines.native_pipeline import place_pipeline
from zarr._engine.metadata.fill_value_bits import spell_fill_value
from zarr._engine.options.own_options import takes_no_options

if TYPE_CHECKING:
    from zarr.core.array import AsyncArray
    from zarr.core.array_spec import ArrayConfig, ArrayConfigLike
    from zarr.core.metadata import ArrayMetadata
    from zarr.storage import StorePath


def with_engine(config: ArrayConfigLike | None, engine: object) -> ArrayConfigLike | None:
    """Return the array configuration `config` with the engine that a caller requested.

    The array that is created with it is checked before anything is written; see `resolve_engine`.

    Raises
    ------
    UnknownBackendError
        There is no engine of this name; the message lists the existing ones.
    BackendUnavailableError
        The engine cannot run here; the message says what to install.
    TypeError
        It is neither a name nor a backend.
    ValueError
        `config` names another engine.
    """
    if engine is None:
        return config
    asked = require_engine(engine)
    given = engine_of(config)
    if given not in (None, asked):
        raise ValueError(
            f"engine={name_of(asked)!r} contradicts the engine {name_of(given)!r} in config; "
            "pass one"
        )
    return _replace(config, asked)


def inherit(config: ArrayConfigLike | None, engine: EngineLike | None) -> ArrayConfigLike | None:
    """Return `config` with the engine of a group, unless it names another itself."""
    if engine is None or engine_of(config) not in (None, engine):
        return config
    return _replace(config, require_engine(engine))


def resolve_engine(array: AsyncArray[Any], metadata: object) -> None:
    """Check the engine that a caller requested, now that the array is known.

    `metadata` is the constructor's argument: the members of a stored document, or a metadata object
    for a new array, whose chunks the engine must also be able to write.

    Raises
    ------
    UnsupportedError
        The engine does not serve the array.
    """
    asked = array.config.engine
    engine = _of_batch(array) if asked == NATIVE else asked
    engine = engine.engine if isinstance(engine, Asked) else engine
    if engine == NATIVE and array.config.engine_options:
        raise takes_no_options()
    place_pipeline(array)
    if engine != NATIVE:
        spell_fill_value(array.metadata)
    if engine is not asked:
        is_new = not isinstance(metadata, dict)
        check(array.metadata, array.store_path, engine, writes=is_new, config=array.config)
        set_engine(array, engine)


def _of_batch(array: AsyncArray[Any]) -> Any:
    """Return the engine of an array that names none: that of the batch whose store it is in."""
    from zarr.crud._stores.batched_store import batch_of

    batch = batch_of(array.store_path.store)
    return NATIVE if batch is None else (batch.engine or AUTO)


def set_engine(array: AsyncArray[Any], engine: EngineLike) -> None:
    """Set the engine of an array that no other code holds yet."""
    object.__setattr__(array, "config", replace(array.config, engine=engine))
    place_pipeline(array)


def check(
    metadata: ArrayMetadata,
    store_path: StorePath,
    engine: EngineLike,
    *,
    writes: bool,
    config: ArrayConfig | None = None,
) -> None:
    """Raise `UnsupportedError` unless the engine reads the array that `metadata` describes.

    With `writes`, it must also write it: an array that it cannot write is neither created nor
    extended. `"auto"` serves every array except three kinds: its metadata is a `DocumentError` with
    every other engine; upstream's path would lose its data, and no engine writes it; or its options
    are unknown to upstream's path, and no engine serves them.
    """
    if engine != NATIVE:
        _check_array()(metadata, store_path, engine, writes=writes, config=config)


@cache
def _check_array() -> Callable[..., None]:
    # Not by an import statement: each open comes here, and it costs as much as a system call.
    from zarr._engine.keyword.served import check_array

    return check_array


def groups_ignore_engine[F: Callable[..., None]](refuse_config: F) -> F:
    """Make upstream's refusal of a config for groups accept one that only requests an engine."""

    @wraps(refuse_config)
    def refuse(config: Any, *args: Any) -> None:
        if not asks_engine_alone(config):
            refuse_config(config, *args)

    return refuse  # type: ignore[return-value]


def asks_engine_alone(config: Any) -> TypeGuard[dict[str, Any]]:
    """Return whether a config contains only what a caller gave as `engine=`."""
    alone = isinstance(config, dict) and config.keys() == {"engine"}
    return alone and isinstance(config["engine"], Asked)


def engine_of(config: ArrayConfigLike | None) -> EngineLike | None:
    """Return the engine that a config names; `None` for the default of config objects."""
    if config is None:
        return None
    engine: Any
    if isinstance(config, dict):
        engine = config.get("engine")
        engine = None if engine is None else parse_engine(engine)
    else:
        # A configuration object always has an engine; the default does not contradict anything.
        engine = _as_object(config).engine
        engine = None if engine == NATIVE else engine
    return engine.engine if isinstance(engine, Asked) else engine


def _replace(config: ArrayConfigLike | None, engine: EngineLike) -> ArrayConfigLike:
    changed: Any = {"engine": Asked(engine)}
    if config is None or isinstance(config, dict):
        return {**(config or {}), **changed}
    return replace(_as_object(config), **changed)


def _as_object(config: ArrayConfigLike) -> ArrayConfig:
    from zarr.core.array_spec import parse_array_config

    return parse_array_config(config)
