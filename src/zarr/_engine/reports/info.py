"""The engine that serves an array, why, and how often it did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from zarr._engine.engines.copies import OPERATIONS
from zarr._engine.engines.names import NATIVE, require_engine

if TYPE_CHECKING:
    from zarr.crud._encoding.damage import DetectsDamage
    from zarr.crud._options import Options
    from zarr.crud.backends.explain import Verdict
    from zarr.crud.backends.policy import Engine


class EngineInfo(NamedTuple):
    """Information about the engine of an array."""

    engine: str
    """The requested engine: a name, `"auto"`, or `"zarr"` for zarr-python's own path."""
    serves: str | None
    """The engine that serves a read of a contiguous box: the requested one, or `"auto"`'s choice.

    `None` if such a read is refused.
    """
    verdicts: dict[str, Verdict]
    """For every engine, including the array's own: whether it would serve such a read, or why not.

    If an engine would serve it but `"auto"` skips the engine, `reason` says why.
    """
    operations: dict[str, int]
    """How many reads and writes each engine has served through this array object."""
    detects_damage: DetectsDamage = False
    """Whether the array's codecs detect damage to stored bytes; see `zarr.crud.Verdict`."""
    options: Options | None = None
    """The options in effect now: those given to the array, combined with the configuration."""
    chunk_cache: dict[str, int] | None = None
    """What the cache of decoded chunks holds and has served, for all arrays of the process.

    `None` if the engine has none, or the options do not ask for it.
    """


def info_of(node: Any) -> EngineInfo:
    """Return what `engine_info` describes."""
    from zarr._engine.calls.choice import serving
    from zarr._engine.calls.prepare import choice_of
    from zarr._engine.options.resolved import options_of
    from zarr.crud.backends.explain import explain

    array = getattr(node, "_async_array", node)
    choice, options = choice_of(array), options_of(array.config)
    location, engine = choice.location, choice.engine
    verdicts = explain(
        array.metadata,
        location.store,
        path=location.path,
        engine=None if isinstance(engine, str) else engine,
        options=options,
    )
    if choice.may_be_left("read_region"):
        verdicts = {name: _by_auto(name, verdict) for name, verdict in verdicts.items()}
    operations = array.__dict__.get(OPERATIONS)
    counted = {} if operations is None else operations.counted()
    detects = next(iter(verdicts.values())).detects_damage
    serves = serving(choice)
    cached = _cached(serves, choice.engine) if options.chunk_cache else None
    return EngineInfo(array.engine, serves, verdicts, counted, detects, options, cached)


def _cached(serves: str | None, engine: Engine) -> dict[str, int] | None:
    from zarr.crud import get_backend

    if serves is None or serves == NATIVE:
        return None
    backend = get_backend(serves) if engine is None or isinstance(engine, str) else engine
    return backend.chunk_cache_info()


def _by_auto(name: str, verdict: Verdict) -> Verdict:
    """The verdict for `"auto"`, where zarr-python's own path has the preference 0."""
    from zarr.crud import get_backend

    if verdict.serves and get_backend(name).preference < 0:
        return verdict._replace(
            reason="'auto' takes zarr-python's own path before it, for its negative preference"
        )
    return verdict


def with_other_engine[T](node: T, engine: Any) -> T:
    """Return an array with another engine, as `with_engine` describes it."""
    from zarr._engine.keyword.forked import refuse_lost
    from zarr._engine.keyword.requested import check, set_engine

    # The keyword `engine=None` means no engine; here an engine is required.
    asked = require_engine(engine)
    refuse_lost(asked, (node,), {})
    array: Any = node
    check(array.metadata, array.store_path, asked, writes=False, config=array.config)
    made = array.with_config({"engine": asked})
    inner = getattr(made, "_async_array", made)
    if inner.config.engine != asked:
        # The engine of a batch replaces zarr-python's own path, unless that path is named.
        set_engine(inner, asked)
    return made  # type: ignore[no-any-return]
