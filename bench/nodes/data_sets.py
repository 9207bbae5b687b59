"""Data sets that xarray opens: how much of the time is zarr's, and how much is xarray's own."""

from __future__ import annotations

import warnings
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

import xarray as xr
from xarray.backends.zarr import ZarrStore

import zarr
from bench.nodes.hierarchies import filled

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from bench.nodes.hierarchies import Call, Described

ALONE: Final = "xarray alone"
"""The contender that asks zarr for nothing: no engine can be faster."""

VARIABLES: Final = [f"v{number}" for number in range(100)]
TREE: Final = [f"g{group}/v{number}" for group in range(10) for number in range(10)]


class _Known(ZarrStore):
    """A store whose members are all known."""

    __slots__ = ()

    def array_keys(self) -> tuple[str, ...]:
        """Return the names of the arrays."""
        return tuple(self._members)

    def arrays(self) -> tuple[tuple[str, Any], ...]:
        """Return the arrays."""
        return tuple(self._members.items())


def _stand_in(array: Any) -> Any:
    """Return an object with all that xarray asks of an array, computed before."""
    names = ("shape", "dtype", "chunks", "shards", "compressors", "filters", "fill_value")
    known: dict[str, Any] = {name: getattr(array, name) for name in names}
    known["attrs"] = dict(array.attrs)
    known["metadata"] = SimpleNamespace(zarr_format=array.metadata.zarr_format)
    known["serializer"] = None
    if array.metadata.zarr_format == 3:
        known["metadata"].dimension_names = array.metadata.dimension_names
        spelled = array.serializer.to_dict()
        known["serializer"] = SimpleNamespace(to_dict=lambda: spelled)
    return SimpleNamespace(**known)


def _alone(place: str, zarr_format: int, chunks: Any) -> Call:
    group = zarr.open_group(place, mode="r")
    arrays = {name: _stand_in(array) for name, array in group.arrays()}
    known = SimpleNamespace(
        read_only=True,
        path="",
        metadata=group.metadata,
        attrs=SimpleNamespace(asdict=dict),
        members=arrays.items,
        store=SimpleNamespace(close=lambda: None),
    )
    masks = zarr_format == 2

    def call() -> Any:
        store = _Known(known, mode="r", use_zarr_fill_value_as_mask=masks)
        return xr.open_dataset(store, engine="store", chunks=chunks)

    return call


def _with(engine: str, call: Callable[[], Any]) -> Call:
    def opened() -> Any:
        with zarr.config.set({"array.engine": engine}), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return call()

    return opened


def _data_set(
    zarr_format: int, *, consolidated: bool, chunks: Any = None
) -> Callable[[Path], Mapping[str, Call]]:
    def calls(folder: Path) -> Mapping[str, Call]:
        place = str(folder / "set.zarr")
        filled(place, zarr_format, VARIABLES, consolidated=consolidated)

        def opened() -> Any:
            return xr.open_zarr(place, consolidated=consolidated, chunks=chunks)

        engines = {engine: _with(engine, opened) for engine in ("zarr", "zarrs")}
        return engines | {ALONE: _alone(place, zarr_format, chunks)}

    return calls


def _tree(zarr_format: int, *, consolidated: bool) -> Callable[[Path], Mapping[str, Call]]:
    def calls(folder: Path) -> Mapping[str, Call]:
        place = str(folder / "tree.zarr")
        filled(place, zarr_format, TREE, consolidated=consolidated)

        def opened() -> Any:
            return xr.open_datatree(place, engine="zarr", consolidated=consolidated)

        return {engine: _with(engine, opened) for engine in ("zarr", "zarrs")}

    return calls


def _variables_of(found: Any) -> object:
    sets = [found] if isinstance(found, xr.Dataset) else [node.dataset for node in found.subtree]
    return sorted(
        (str(name), variable.dims, variable.shape, str(variable.dtype), repr(variable.attrs))
        for one in sets
        for name, variable in one.variables.items()
    )


def _kind(zarr_format: int, *, consolidated: bool) -> str:
    return f"format {zarr_format}{', consolidated' if consolidated else ''}"


KINDS: Final = [(zarr_format, copies) for zarr_format in (2, 3) for copies in (False, True)]
DATA_SETS: Final[tuple[Described, ...]] = (
    *(
        (
            f"xr.open_zarr of 100 variables, {_kind(number, consolidated=copies)}",
            _data_set(number, consolidated=copies),
            _variables_of,
            {"zarr": 0.4},
        )
        for number, copies in KINDS
    ),
    (
        "xr.open_zarr of 100 variables with dask, format 3, consolidated",
        _data_set(3, consolidated=True, chunks={}),
        _variables_of,
        {ALONE: 1.5},
    ),
    *(
        (
            f"xr.open_datatree of 10 x 10 variables, {_kind(number, consolidated=copies)}",
            _tree(number, consolidated=copies),
            _variables_of,
            {"zarr": 0.5},
        )
        for number, copies in KINDS
    ),
)
"""The rows; see `bench.nodes.rows`."""
