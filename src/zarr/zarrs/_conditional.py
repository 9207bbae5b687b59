"""Values of an object store that the extension replaces only if they have not changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zarr.crud.backends import (
    Attempts,
    Conflict,
    change_on_loop,
    check_forked,
    get_conditioned,
    pause,
    put_conditioned,
    read_on_loop,
    store_prototype,
)

if TYPE_CHECKING:
    from collections.abc import Buffer as BufferLike
    from typing import Literal

    type Locking = Literal["auto", "conditional"]
    """Whether a value may be put without a condition if the service has none."""


class ConditionalWriter:
    """The keys of one batch that the extension writes, and the values that it has read of them."""

    def __init__(self, store: Any, locking: Locking) -> None:
        check_forked(store)
        self._store, self._locking = store, locking
        self._conditions: dict[str, Any] = {}
        self._sent: dict[str, bytes] = {}
        self._attempts: dict[str, Attempts] = {}

    def get(self, keys: list[str]) -> tuple[list[BufferLike | None], list[bool]]:
        """Return the value of each key, and whether it is what was last sent for it."""
        prototype = store_prototype()
        found = read_on_loop(get_conditioned, [(self._store, key, prototype) for key in keys])
        values: list[BufferLike | None] = []
        landed = []
        for key, (buffer, condition) in zip(keys, found, strict=True):
            self._conditions[key] = condition
            values.append(None if buffer is None else buffer.as_numpy_array())
            landed.append(key in self._sent and buffer is not None and self._has_sent(key, buffer))
        return values, landed

    def _has_sent(self, key: str, buffer: Any) -> bool:
        return bool(buffer.to_bytes() == self._sent[key])

    def put(self, items: list[tuple[str, bytes | None]]) -> list[bool]:
        """Replace values; return which of them others have changed since they were read.

        A value that was not read is replaced or deleted in any case.
        """
        conflicts: dict[str, Conflict] = {}
        from_bytes = store_prototype().buffer.from_bytes

        async def put(key: str, value: bytes | None) -> None:
            was_read = key in self._conditions
            if value is None:
                # A value that was read and found is never to be deleted.
                if not was_read:
                    await self._store.delete(key)
                return
            buffer = from_bytes(value)
            if not was_read:
                await self._store.set(key, buffer)
                return
            try:
                await put_conditioned(
                    key, self._store, buffer, self._conditions[key], self._locking
                )
            except Conflict as conflict:
                conflicts[key] = conflict

        change_on_loop(put, items)
        self._sent = {key: value for key, value in items if key in conflicts and value is not None}
        for key, conflict in conflicts.items():
            attempts = self._attempts.setdefault(key, Attempts(self._store, key))
            attempts.note(self._conditions[key], conflict)
        return [key in conflicts for key, _ in items]

    def pause(self) -> None:
        """Wait before the next attempt."""
        pause(max((self._attempts[key].count for key in self._sent), default=1))
