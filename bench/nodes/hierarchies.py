"""Hierarchies whose members are found, on a disk and on a store that waits."""

from __future__ import annotations

import asyncio
import warnings
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import zarr
from zarr.errors import ZarrUserWarning
from zarr.storage import MemoryStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping
    from pathlib import Path

type Call = Callable[[], Any]
type Described = tuple[str, Callable[[Path], Mapping[str, Call]], Callable[[Any], object], Any]
"""The members of a row: name, calls, what must be equal, and limits."""

LATENCY: Final = 0.02


class Took(NamedTuple):
    """What a call returns that measures itself, as in another process."""

    seconds: float


class SlowStore(MemoryStore):
    """A store whose lists and values arrive after a while."""

    async def get(self, *args: Any, **options: Any) -> Any:
        """Return a value, after a while."""
        await asyncio.sleep(LATENCY)
        return await super().get(*args, **options)

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """List a level, after a while."""
        await asyncio.sleep(LATENCY)
        async for name in super().list_dir(prefix):
            yield name


def filled(
    store: Any,
    zarr_format: Any,
    names: list[str],
    *,
    consolidated: bool = False,
    differ: bool = False,
) -> Any:
    """Create arrays that differ only in their attributes, or in their shapes, too."""
    group = zarr.create_group(store, zarr_format=zarr_format)
    for number, name in enumerate(names):
        shape = (100, 100 + number * differ)
        array = {"shape": shape, "chunks": (10, 10), "dtype": "f4"}
        made: Any = group.create_array
        dimensions = {} if zarr_format == 2 else {"dimension_names": ("y", "x")}
        attributes = {"n": number, "_ARRAY_DIMENSIONS": ["y", "x"]}
        made(name, **array, **dimensions, attributes=attributes)
    if consolidated:
        with warnings.catch_warnings():
            # Zarr format 3 does not specify it.
            warnings.simplefilter("ignore", ZarrUserWarning)
            zarr.consolidate_metadata(store, zarr_format=zarr_format)
    return store


NAMES: Final = [f"v{number}" for number in range(100)]


def _both(call: Callable[[str], Any]) -> Mapping[str, Call]:
    return {"zarr": lambda: call("zarr"), "zarrs": lambda: call("zarrs")}


def _members(zarr_format: int, *, consolidated: bool) -> Callable[[Path], Mapping[str, Call]]:
    def calls(folder: Path) -> Mapping[str, Call]:
        place = str(folder / "group")
        filled(place, zarr_format, NAMES, consolidated=consolidated)
        return _both(lambda engine: zarr.open_group(place, mode="r", engine=engine).members())

    return calls


def _item(folder: Path) -> Mapping[str, Call]:
    place = str(folder / "group")
    filled(place, 3, NAMES, consolidated=True)
    groups = {name: zarr.open_group(place, mode="r", engine=name) for name in ("zarr", "zarrs")}
    return _both(lambda engine: [("v5", groups[engine]["v5"])])


def _slow(_: Path) -> Mapping[str, Call]:
    names = [f"g{group}/a{number}" for group in range(50) for number in range(20)]
    store = SlowStore(filled(MemoryStore(), 3, names)._store_dict)

    def find(engine: str) -> Any:
        group = zarr.open_group(store, mode="r+", zarr_format=3, engine=engine)
        return group.members(max_depth=None)

    return _both(find)


def _names_of(members: Any) -> object:
    return sorted((name, repr(node.metadata)) for name, node in members)


HIERARCHIES: Final[tuple[Described, ...]] = (
    *(
        (
            f"members of 100 arrays, format {zarr_format}{', consolidated' if copies else ''}",
            _members(zarr_format, consolidated=copies),
            _names_of,
            {"zarr": 0.25 if copies else 0.2},
        )
        for zarr_format in (2, 3)
        for copies in (False, True)
    ),
    ("an array of consolidated metadata", _item, _names_of, {"zarr": 0.25}),
    ("1,000 arrays in 50 groups, 20 ms a request", _slow, _names_of, {"zarr": 0.5}),
)
"""The rows; see `bench.nodes.rows`."""
