"""The constructor of arrays: with an engine, arrays of equal documents are parsed once."""

from __future__ import annotations

import copy
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

from zarr._engine.engines.names import AUTO, NATIVE, Asked, EngineLike
from zarr._engine.engines.native_pipeline import HELD
from zarr._engine.keyword.requested import check
from zarr._engine.metadata.fill_value_bits import spell_fill_value
from zarr.core.config import config

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from zarr.core.array import AsyncArray
    from zarr.core.array_spec import ArrayConfig
    from zarr.storage import StorePath


class _Settings(NamedTuple):
    """The configuration of arrays that are given only an engine."""

    engine: EngineLike
    configured: dict[str, Any]
    array_config: ArrayConfig


_latest: _Settings | None = None


def parsed_once(native: Callable[..., None]) -> Callable[..., None]:
    """Let the constructor of `AsyncArray` use what arrays of equal documents share.

    This is for arrays with a named engine whose configuration says nothing else. Their engine is
    asked about each, as about all others.
    """

    @wraps(native)
    def __init__(self: Any, metadata: Any, store_path: Any, config: Any = None) -> None:
        engine = _engine_alone(config)
        members = None if engine is None else _members_of(metadata)
        if engine is None or members is None:
            native(self, metadata, store_path, config)
            return
        templates = _templates()
        is_new = members is not metadata
        key = templates.key_of(members, is_new=is_new)
        template = None if key is None else templates.template_of(key)
        if template is None or (is_new and not template.is_of(metadata)):
            native(self, metadata, store_path, config)
            if key is not None:
                templates.keep(key, members, self, is_new=is_new)
            return
        if is_new:
            template.describe(metadata)
            spell_fill_value(metadata)
        else:
            metadata = template.metadata(members.get("attributes", {}))
        settings = _settings(engine)
        # As upstream's constructor: a configured engine may be registered later.
        if config is not None:
            check(metadata, store_path, engine, writes=is_new, config=settings)
        _fill(self, template, metadata, store_path, settings)

    return __init__


def _members_of(metadata: Any) -> dict[str, Any] | None:
    """Return the members of a stored document, or of the metadata of a new array."""
    if type(metadata) is dict:
        return metadata
    members: dict[str, Any] | None = _templates().members_of(metadata)
    return members


def _engine_alone(given: Any) -> EngineLike | None:
    """Return the named engine of a configuration that says nothing else."""
    engine: Any = None
    if given is None:
        engine = config.config["array"]["engine"]
    elif type(given) is dict and len(given) == 1 and type(given.get("engine")) is Asked:
        engine = given["engine"].engine
    return None if type(engine) is not str or engine in (NATIVE, AUTO) else engine


def _fill(
    array: AsyncArray[Any], template: Any, metadata: Any, place: StorePath, settings: ArrayConfig
) -> None:
    array.__dict__.update(
        {
            "metadata": metadata,
            "store_path": place,
            "config": settings,
            "_chunk_grid": template.chunk_grid,
            HELD: template.pipeline,
        }
    )


def _settings(engine: EngineLike) -> ArrayConfig:
    """Return the configuration that zarr makes for an engine, as long as nothing changes it."""
    global _latest
    latest, configured = _latest, config.config["array"]
    if latest is not None and latest.engine == engine and latest.configured == configured:
        return latest.array_config
    from zarr.core.array_spec import parse_array_config

    seen = copy.deepcopy(configured)
    array_config = parse_array_config({"engine": engine})
    _latest = _Settings(engine, seen, array_config)
    return array_config


def _templates() -> ModuleType:
    from zarr._engine.opening import templates

    return templates
