"""Arrays that differ from an earlier one in name and attributes: most of it is copied."""

from __future__ import annotations

from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr._engine.engines.native_pipeline import native_pipeline, place_pipeline
from zarr._engine.metadata.fill_value_bits import SPELLED
from zarr._engine.metadata.opened_with import engine_in_play
from zarr.core.config import config

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr._engine.engines.names import EngineLike

_OF_EACH: Final = frozenset(("attributes", "extra_fields", SPELLED))
"""The members of metadata that equal documents do not share; see `metadata.shared`."""

_MOST: Final = 256


class _Known(NamedTuple):
    """What arrays with one engine share if all immutable parts of their metadata are the same."""

    members: dict[str, Any]
    spelled: Any
    shared: tuple[Any, ...]


class _Kept:
    """The known arrays, and the configuration in which they were made."""

    def __init__(self) -> None:
        self.config = _copied(config.config)
        self.arrays: dict[tuple[Any, ...], _Known] = {}


_kept: list[_Kept] = []


def from_known(native: Callable[..., None]) -> Callable[..., None]:
    """Let the constructor of `AsyncArray` copy what it would make once more for a member.

    This is for metadata objects without a config, as upstream makes the members of a group, and
    only if an engine is in play.
    """

    @wraps(native)
    def __init__(self: Any, metadata: Any, store_path: Any, config: Any = None) -> None:
        engine = engine_in_play() if config is None and metadata.__class__ is not dict else None
        if engine is None:
            native(self, metadata, store_path, config)
            return
        kept = _current()
        shared = tuple(value for name, value in metadata.__dict__.items() if name not in _OF_EACH)
        named = engine if isinstance(engine, str) else id(engine)
        key = (type(self), type(metadata), named, *map(id, shared))
        known = kept.arrays.get(key)
        if known is None:
            native(self, metadata, store_path, config)
            _give(self, engine)
            _remember(kept, key, self, shared)
            return
        if known.spelled is not None:
            metadata.__dict__.setdefault(SPELLED, known.spelled)
        members = self.__dict__
        members["metadata"], members["store_path"] = metadata, store_path
        members |= known.members

    return __init__


def _current() -> _Kept:
    kept = _kept[0] if _kept else None
    if kept is None or kept.config != config.config:
        kept = _Kept()
        _kept[:] = [kept]
    return kept


def _copied(settings: Any) -> Any:
    """Settings are changed in place; a backend among them is compared by identity."""
    if isinstance(settings, dict):
        return {name: _copied(value) for name, value in settings.items()}
    return settings


def _give(array: Any, engine: EngineLike) -> None:
    if array.config.engine != engine:
        array.__dict__["config"] = replace(array.config, engine=engine)
        place_pipeline(array)


def _remember(kept: _Kept, key: tuple[Any, ...], array: Any, shared: tuple[Any, ...]) -> None:
    from zarr.core.codec_pipeline import BatchedCodecPipeline

    # Another pipeline may belong to the store, or have a state.
    if type(native_pipeline(array)) is not BatchedCodecPipeline:
        return
    members = dict(array.__dict__)
    spelled = members.pop("metadata").__dict__.get(SPELLED)
    del members["store_path"]
    if len(kept.arrays) >= _MOST:
        kept.arrays.clear()
    # The entry keeps the shared parts, so that no other object gets their identity.
    kept.arrays[key] = _Known(members, spelled, shared)
