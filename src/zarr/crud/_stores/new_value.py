"""Values that are stored only if there is none, so that one of several creators succeeds."""

from __future__ import annotations

import uuid
from functools import partial
from typing import TYPE_CHECKING

from zarr.core.buffer.cpu import Buffer
from zarr.crud._stores import files
from zarr.crud._stores.attempts import Attempts
from zarr.crud._stores.cancellation import check_cancelled
from zarr.crud._stores.conditional import Conflict, has_token, put_if
from zarr.crud._stores.conditions import offers_conditions
from zarr.crud._stores.directories import directory_of
from zarr.crud._stores.event_loop import on_loop
from zarr.crud._stores.forks import check_forked
from zarr.crud._stores.many_on_loop import change_on_loop
from zarr.crud._stores.writable import check_writable

if TYPE_CHECKING:
    from zarr.abc.store import Store


def put_absent(store: Store, key: str, value: bytes) -> bool | None:
    """Store a value if there is none; return whether it was stored.

    `None` if the store has no such condition; then nothing was stored.
    """
    local = directory_of(store)
    if local is not None:
        check_cancelled()
        local._ensure_open_sync()
        check_writable(local)
        return files.create(local.root / key, value, "auto", fsync=False)
    return _put_in_object_store(store, key, value) if offers_conditions(store) else None


def _put_in_object_store(store: Store, key: str, value: bytes) -> bool | None:
    check_forked(store)
    # obstore repeats a put that was not answered, and is then refused because of the first one.
    # Equal bytes do not tell whose they are.
    token, buffer = uuid.uuid4().hex, Buffer.from_bytes(value)
    attempts = Attempts(store, key)
    while True:
        try:
            change_on_loop(partial(put_if, store), [(key, buffer, "create", token)])
        except Conflict as conflict:
            if on_loop(has_token(store, key, token)):
                return True
            if conflict.unanswered is None:
                return False
            attempts.note("create", conflict)
        except NotImplementedError:
            return None
        else:
            return True
        attempts.pause()
