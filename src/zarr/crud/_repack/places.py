"""Where a repack reads and writes, and what may not be: one place within the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud._document.origins import is_same_store
from zarr.crud._errors import InvalidPathError
from zarr.crud._repack.roots import FILE, Root, parts_of, root_of
from zarr.crud._stores.location import Location

if TYPE_CHECKING:
    from collections.abc import Iterable


def check_apart(source: Location, target: Location) -> None:
    """Refuse a target that is the source, or within it, or around it.

    Raises
    ------
    InvalidPathError
        It is, also through stores of two kinds; nothing was read or written.
    """
    one, other = root_of(source), root_of(target)
    if one is None or other is None or one.identity != other.identity:
        if not is_same_store(source.store, target.store):
            return
        one, other = (Root("", parts_of(each.path)) for each in (source, target))
    shared = min(len(one.parts), len(other.parts))
    if one.parts[:shared] != other.parts[:shared]:
        return
    if one.parts == other.parts:
        raise InvalidPathError(f"source and target are both {source}; name another target")
    if len(one.parts) == shared:
        raise InvalidPathError(f"the target {target} is within the source {source}; name another")
    raise InvalidPathError(f"the source {source} is within the target {target}; name another")


def check_members_apart(source: Location, target: Location, paths: Iterable[str]) -> None:
    """Refuse members of the source that links lead to: into the target, or around it.

    Raises
    ------
    InvalidPathError
        There is such a member.
    """
    roots = root_of(source), root_of(target)
    if any(root is None or root.identity != FILE for root in roots):
        return
    for path in filter(None, paths):
        check_apart(Location(source.store, source.key(path)), target)
