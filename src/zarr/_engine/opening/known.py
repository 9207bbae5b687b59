"""The constructor of arrays: with an engine, arrays of equal documents are parsed once."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

from zarr._engine.engines.names import AUTO, NATIVE, Asked, EngineLike
from zarr._engine.engines.native_pipeline import HELD
from zarr._engine.keyword.requested import check, set_engine
from zarr._engine.metadata.opened_with import engine_in_play
from zarr.core.config import config

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from zarr._engine.metadata.templates import Template
    from zarr.core.array import AsyncArray
    from zarr.core.array_spec import ArrayConfig
    from zarr.storage import StorePath


class _Settings(NamedTuple):
    """The configuration of arrays that are given only an engine."""

    engine: EngineLike
    configured: dict[str, Any]
    array_config: ArrayConfig


_latest: _Settings | None = None


class _Found(NamedTuple):
    """What is known of an array, and where to keep what is not."""

    template: Template | None = None
    key: bytes | None = None
    members: dict[str, Any] | None = None


def parsed_once(native: Callable[..., None]) -> Callable[..., None]:
    """Let the constructor of `AsyncArray` use what arrays of equal documents share.

    This is for arrays whose configuration says nothing but an engine, and for members of groups
    that have one. An engine that a caller names is asked about each, as about all others.
    """

    @wraps(native)
    def __init__(self: Any, metadata: Any, store_path: Any, config: Any = None) -> None:
        is_stored = type(metadata) is dict
        # Upstream gives no configuration to the members of a group.
        engine = _engine_alone(config) if is_stored or config is not None else engine_in_play()
        if engine is None:
            native(self, metadata, store_path, config)
            return
        template = None if is_stored else _templates().template_with_parts_of(metadata)
        found = _found(metadata, config) if template is None else _Found(template)
        template = found.template
        if template is None or not template.is_ready():
            native(self, metadata, store_path, config)
            _give(self, engine)
            _learn(found, self, is_new=not is_stored)
            return
        if is_stored:
            metadata = template.metadata(metadata.get("attributes"))
        settings = _settings(engine)
        template.tell_of(metadata)
        # As upstream's constructor: a configured engine may be registered later.
        if config is not None:
            check(metadata, store_path, engine, writes=not is_stored, config=settings)
        _fill(self, template, metadata, store_path, settings)

    return __init__


def array_of(
    template: Template, metadata: Any, place: StorePath, engine: EngineLike
) -> AsyncArray[Any]:
    """Return an array of a template that is ready, as the constructor makes it without a config."""
    from zarr.core.array import AsyncArray

    array: AsyncArray[Any] = object.__new__(AsyncArray)
    template.tell_of(metadata)
    _fill(array, template, metadata, place, _settings(engine))
    return array


def _found(metadata: Any, config: Any) -> _Found:
    """Look up a stored document, or the metadata of a new array."""
    templates = _templates()
    if type(metadata) is dict:
        key = templates.key_of(metadata)
        template = None if key is None else templates.template_for(key, metadata)
        return _Found(template, key, metadata)
    members = None if _engine_alone(config) is None else templates.members_of(metadata)
    if members is None:
        return _Found()
    key = templates.key_of(members, is_new=True)
    template = None if key is None else templates.template_of(key)
    if template is not None and not template.describes(metadata):
        template = None
    return _Found(template, key, members)


def _learn(found: _Found, array: AsyncArray[Any], *, is_new: bool) -> None:
    template, key, members = found
    if template is None and key is not None and members is not None:
        template = _templates().keep(key, members, array.metadata, is_new=is_new)
    if template is not None:
        template.complete(array)


def _engine_alone(given: Any) -> EngineLike | None:
    """Return the named engine of a configuration that says nothing else."""
    engine: Any = None
    if given is None:
        engine = config.config["array"]["engine"]
    elif type(given) is dict and len(given) == 1 and type(given.get("engine")) is Asked:
        engine = given["engine"].engine
    return None if type(engine) is not str or engine in (NATIVE, AUTO) else engine


def _give(array: Any, engine: EngineLike) -> None:
    if array.config.engine != engine:
        set_engine(array, engine)


def _fill(
    array: AsyncArray[Any],
    template: Template,
    metadata: Any,
    place: StorePath,
    settings: ArrayConfig,
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

    seen = _copied(configured)
    array_config = parse_array_config({"engine": engine})
    _latest = _Settings(engine, seen, array_config)
    return array_config


def _copied(settings: Any) -> Any:
    """Settings are changed in place; a backend among them is compared by identity."""
    if isinstance(settings, dict):
        return {name: _copied(value) for name, value in settings.items()}
    return settings


def _templates() -> ModuleType:
    from zarr._engine.metadata import templates

    return templates
