"""The engine of an array or a group in `info` and `repr`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from zarr._engine.engines.names import NATIVE, name_of


def informed(native: Callable[..., Any]) -> Callable[..., Any]:
    """Make the method behind `info` name the engine of an array or group that has one."""

    @wraps(native)
    def _info(self: Any, *args: Any, **options: Any) -> Any:
        summary = native(self, *args, **options)
        engine = engine_shown(self)
        if engine is None:
            return summary
        from zarr._engine.engines.summary import with_line

        return with_line(summary, engine)

    return _info


def shown(native: Callable[..., str]) -> Callable[..., str]:
    """Make the `repr` of an array or group that has an engine name it."""

    @wraps(native)
    def __repr__(self: Any) -> str:
        text = native(self)
        engine = engine_shown(self)
        return text if engine is None else f"{text.removesuffix('>')} engine={engine}>"

    return __repr__


def engine_shown(node: Any) -> str | None:
    """Return the name of the engine of an array or group, unless it is zarr-python's own path."""
    group = getattr(node, "_async_group", node)
    engine = group.member_engine if hasattr(group, "member_engine") else node.config.engine
    return None if engine is None or engine == NATIVE else name_of(engine)
