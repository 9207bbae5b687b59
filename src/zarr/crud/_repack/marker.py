"""The marker of a target that is not finished: it says which plan was begun.

It is stored before anything else, and deleted after the last document. It does not list what is
done: that is what is stored.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from zarr.crud._archives.keys import MARKER
from zarr.crud._stores.location import delete, get, put_new
from zarr.errors import ContainsGroupError

if TYPE_CHECKING:
    from zarr.crud._stores.location import Location


def begin(target: Location, digest: str, *, resume: bool) -> None:
    """Store the marker, unless it is there; refuse another repack that was begun there.

    Raises
    ------
    zarr.errors.ContainsGroupError
        There is the marker of another plan, or of any, if this does not resume.
    """
    key = target.key(MARKER)
    text = json.dumps({"repack": digest}).encode()
    # Not every store has a condition: look first.
    found = begun(target)
    if found is None and put_new(target.store, key, text):
        return
    found = begun(target) if found is None else found
    if found == digest and resume:
        return
    if found == digest:
        raise ContainsGroupError(
            f"a repack into {target} was broken off; pass resume=True to complete it, or "
            "overwrite=True to begin again"
        )
    raise ContainsGroupError(
        f"another repack into {target} was begun, of another source or with other arguments; "
        "repeat that one with resume=True, or pass overwrite=True to begin this one"
    )


def begun(target: Location) -> str | None:
    """Return the digest of the plan that was begun at a target; `None` if none was."""
    value = get(target.store, target.key(MARKER))
    if value is None:
        return None
    try:
        return str(json.loads(value.to_bytes())["repack"])
    except (ValueError, KeyError, TypeError):
        # Damaged, so it is no plan that could be resumed.
        return "?"


def end(target: Location) -> None:
    """Delete the marker: the target is finished."""
    delete(target.store, target.key(MARKER))
