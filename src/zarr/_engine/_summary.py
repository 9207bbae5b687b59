"""The summary that `Array.info` shows, with the engine."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Self

from zarr.core._info import ArrayInfo


@dataclass(kw_only=True, frozen=True, slots=True, eq=False)
class EngineArrayInfo(ArrayInfo):
    """Upstream's summary and a line more."""

    _engine: str

    @classmethod
    def of(cls, info: ArrayInfo, engine: str) -> Self:
        """Return `info` with the engine added."""
        known = {field.name: getattr(info, field.name) for field in fields(info)}
        return cls(**known, _engine=engine)

    def __eq__(self, other: object) -> bool:
        # An array is the same whoever reads it, so its summary equals upstream's.
        if not isinstance(other, ArrayInfo):
            return NotImplemented
        names = [field.name for field in fields(ArrayInfo)]
        return all(getattr(self, name) == getattr(other, name) for name in names)

    __hash__ = ArrayInfo.__hash__

    def __repr__(self) -> str:
        # Upstream's own method: a class with slots is made anew, and `super()` would not find it.
        return f"{ArrayInfo.__repr__(self)}\nEngine             : {self._engine}"
