"""`array.oindex`, `vindex` and `blocks` of arrays with an engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from zarr._engine.calls import methods
from zarr._engine.calls.item_dialect import block_dialect, outer_dialect, point_dialect
from zarr._engine.calls.methods import UNSERVED
from zarr.core.indexing import BlockIndex, OIndex, VIndex

if TYPE_CHECKING:
    from zarr.crud._selection.basic import Kind

type Classifier = Callable[[Any, tuple[int, ...]], Kind | None]


class _Direct:
    """Passes a selection of a clear dialect to the engine, and any other to upstream's code."""

    array: Any
    dialect: Classifier

    def __getitem__(self, selection: Any) -> Any:
        array = self.array._async_array
        kind = type(self).dialect(selection, array.metadata.shape)
        if kind is not None:
            found = methods.read(array, selection, kind)
            if found is not UNSERVED:
                return found
        return super().__getitem__(selection)  # type: ignore[misc]

    def __setitem__(self, selection: Any, value: Any) -> None:
        array = self.array._async_array
        kind = type(self).dialect(selection, array.metadata.shape)
        if kind is None or methods.write(array, selection, value, kind) is UNSERVED:
            super().__setitem__(selection, value)  # type: ignore[misc]


@dataclass(frozen=True)
class EngineOIndex(_Direct, OIndex):
    """The class of `array.oindex`."""

    dialect = staticmethod(outer_dialect)


@dataclass(frozen=True)
class EngineVIndex(_Direct, VIndex):
    """The class of `array.vindex`."""

    dialect = staticmethod(point_dialect)


@dataclass(frozen=True)
class EngineBlockIndex(_Direct, BlockIndex):
    """The class of `array.blocks`."""

    dialect = staticmethod(block_dialect)


INDEXERS: Final[Mapping[str, Callable[[Any], Any]]] = {
    "oindex": EngineOIndex,
    "vindex": EngineVIndex,
    "blocks": EngineBlockIndex,
}
"""The class for each attribute of an array."""
