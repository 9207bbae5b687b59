"""Where a repack reads and writes, and what may not be: one place within the other."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from zarr.crud._document.origins import is_same_store
from zarr.crud._errors import InvalidPathError
from zarr.crud._stores.directories import directory_of

if TYPE_CHECKING:
    from zarr.crud._stores.location import Location


def check_apart(source: Location, target: Location) -> None:
    """Refuse a target that is the source, or within it, or around it.

    Raises
    ------
    InvalidPathError
        It is; nothing was read or written.
    """
    one, other = _folder(source), _folder(target)
    if one is not None and other is not None:
        pass
    elif is_same_store(source.store, target.store):
        one, other = f"/{source.path}", f"/{target.path}"
    else:
        return
    if one == other:
        raise InvalidPathError(f"source and target are both {source}; name another target")
    if _is_below(other, one):
        raise InvalidPathError(f"the target {target} is within the source {source}; name another")
    if _is_below(one, other):
        raise InvalidPathError(f"the source {source} is within the target {target}; name another")


def _folder(location: Location) -> str | None:
    local = directory_of(location.store)
    return None if local is None else os.path.realpath(local.root / location.path)


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(folder if folder.endswith("/") else f"{folder}/")
