"""The summaries that `info` of arrays and groups shows, with the engine."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

from zarr.core._info import ArrayInfo, GroupInfo


@dataclass(kw_only=True, frozen=True, slots=True, eq=False)
class EngineArrayInfo(ArrayInfo):
    """Upstream's summary of an array, with one more line."""

    _engine: str

    def __eq__(self, other: object) -> bool:
        return _are_equal(ArrayInfo, self, other)

    __hash__ = ArrayInfo.__hash__

    def __repr__(self) -> str:
        # Call upstream's method directly: a class with slots is created anew, so `super()` fails.
        return f"{ArrayInfo.__repr__(self)}\nEngine             : {self._engine}"


@dataclass(kw_only=True, eq=False, repr=False)
class EngineGroupInfo(GroupInfo):
    """Upstream's summary of a group, with one more line."""

    _engine: str

    def __eq__(self, other: object) -> bool:
        return _are_equal(GroupInfo, self, other)

    # As in upstream's class, which is mutable.
    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{GroupInfo.__repr__(self)}\nEngine      : {self._engine}"


def with_line(summary: ArrayInfo | GroupInfo, engine: str) -> ArrayInfo | GroupInfo:
    """Return upstream's summary with the engine added."""
    known: dict[str, Any] = {field.name: getattr(summary, field.name) for field in fields(summary)}
    if isinstance(summary, GroupInfo):
        return EngineGroupInfo(**known, _engine=engine)
    return EngineArrayInfo(**known, _engine=engine)


def _are_equal(upstreams: type[Any], one: object, other: object) -> bool:
    # A node is the same under any engine, so its summary equals upstream's.
    if not isinstance(other, upstreams):
        return NotImplemented  # type: ignore[no-any-return]
    names = [field.name for field in fields(upstreams)]
    return all(getattr(one, name) == getattr(other, name) for name in names)
