"""Members of groups with consolidated metadata: arrays of which all is known are made at once."""

from __future__ import annotations

from functools import cache, wraps
from typing import TYPE_CHECKING, Any

from zarr._engine.engines.names import AUTO, NATIVE
from zarr._engine.keyword.decorators import stamp
from zarr._engine.keyword.members import engine_of_members
from zarr._engine.metadata.lazy_members import LazyMembers
from zarr._engine.metadata.opened_with import opened_with
from zarr._engine.opening.known import array_of
from zarr.storage import StorePath

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    from zarr.core.array import AsyncArray


def getting(native: Callable[..., Any]) -> Callable[..., Any]:
    """Find a member in the copies of documents, with the engine of the group."""

    @wraps(native)
    def _getitem_consolidated(self: Any, store_path: Any, key: Any, prefix: Any) -> Any:
        engine = engine_of_members(self)
        if type(engine) is str and engine not in (NATIVE, AUTO):
            array = _known(self, store_path, key, prefix, engine)
            if array is not None:
                return array
        with opened_with(engine):
            return stamp(native(self, store_path, key, prefix), self.member_engine)

    return _getitem_consolidated


def _known(
    group: Any, store_path: Any, key: Any, prefix: Any, engine: str
) -> AsyncArray[Any] | None:
    """Return an array directly below a group; `None` if upstream has to find or to make it."""
    members = group.metadata.consolidated_metadata.metadata
    if type(members) is not LazyMembers or type(store_path) is not StorePath:
        return None
    path = _path_of(group.store_path.path, key, prefix)
    if path is None or key not in members:
        return None
    try:
        metadata = members[key]
    except KeyError:
        # To upstream it looks like a member that is not there.
        return None
    template = _templates().template_with_parts_of(metadata)
    if template is None or not template.is_ready():
        return None
    place = object.__new__(StorePath)
    place.store, place.path = store_path.store, path
    return array_of(template, metadata, place, engine)


@cache
def _templates() -> ModuleType:
    # Groups without an engine come here too, and need none of it.
    from zarr._engine.metadata import templates

    return templates


def _path_of(path: str, key: Any, prefix: Any) -> str | None:
    """Return the path of a name below a group, where it is what zarr makes of them."""
    if type(key) is not str or "/" in key or "\\" in key or key in ("", ".", ".."):
        return None
    if prefix != f"/{path}":
        return None
    return f"{path}/{key}" if path else key
