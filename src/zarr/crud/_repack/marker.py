"""The marker of a target that is not finished: it says which plan was begun.

It is stored before anything else, and deleted after the last document. It does not list what is
done: that is what is stored. While what was at the target before is deleted, it says so.
"""

from __future__ import annotations

import json
import secrets
from typing import TYPE_CHECKING, NamedTuple

from zarr.crud._archives.keys import MARKER
from zarr.crud._repack.clearing import clear, free_name
from zarr.crud._stores.location import delete, get, put, put_new
from zarr.errors import ContainsGroupError

if TYPE_CHECKING:
    from zarr.crud._stores.location import Location


class Begun(NamedTuple):
    """What a marker says."""

    digest: str
    """That of the plan; `"?"` if the marker is damaged, so it is no plan that could be resumed."""
    nonce: str
    """A random name, of this repack alone, for its arrays on a scratch store."""
    is_deleting: bool = False
    """Whether what was there before may still be there."""

    @property
    def text(self) -> bytes:
        """The value that is stored."""
        members = {"repack": self.digest, "nonce": self.nonce, "deleting": self.is_deleting}
        return json.dumps(members).encode()


def new_nonce() -> str:
    """Return a name that no other repack has."""
    return secrets.token_hex(16)


def begin(target: Location, digest: str, *, resume: bool, overwrite: bool = False) -> Begun:
    """Store the marker, unless it is there; refuse another repack that was begun there.

    With `overwrite`, everything else is deleted. A crash meanwhile leaves a marker that says so,
    and with `resume` the deletion is completed.

    Raises
    ------
    zarr.errors.ContainsGroupError
        There is the marker of another plan, or of any, if this does not resume.
    """
    key = target.key(MARKER)
    made = Begun(digest, new_nonce(), overwrite)
    if overwrite:
        free_name(target)
        put(target.store, key, made.text)
        return _cleared(target, made)
    # Not every store has a condition: look first.
    found = begun(target)
    if found is None and put_new(target.store, key, made.text):
        return made
    found = begun(target) if found is None else found
    if found is not None and found.digest == digest and resume:
        return _cleared(target, found) if found.is_deleting else found
    if found is not None and found.digest == digest:
        raise ContainsGroupError(
            f"a repack into {target} was broken off; pass resume=True to complete it, or "
            "overwrite=True to begin again"
        )
    raise ContainsGroupError(
        f"another repack into {target} was begun, of another source or with other arguments; "
        "repeat that one with resume=True, or pass overwrite=True to begin this one"
    )


def _cleared(target: Location, made: Begun) -> Begun:
    clear(target)
    made = made._replace(is_deleting=False)
    put(target.store, target.key(MARKER), made.text)
    return made


def begun(target: Location) -> Begun | None:
    """Return what was begun at a target; `None` if nothing was."""
    value = get(target.store, target.key(MARKER))
    if value is None:
        return None
    try:
        members = json.loads(value.to_bytes())
        nonce, is_deleting = str(members["nonce"]), members["deleting"] is True
        if nonce.isalnum():
            return Begun(str(members["repack"]), nonce, is_deleting)
    except (ValueError, KeyError, TypeError):
        pass
    return Begun("?", "")


def end(target: Location) -> None:
    """Delete the marker: the target is finished."""
    delete(target.store, target.key(MARKER))
