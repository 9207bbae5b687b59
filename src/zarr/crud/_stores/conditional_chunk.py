"""A chunk of an object store: read with its tag, and replaced only if it has not changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud._stores.attempts import Attempts
from zarr.crud._stores.chunk import StoredChunk, steady
from zarr.crud._stores.conditional import Conflict, get_conditioned, put_conditioned
from zarr.crud._stores.event_loop import on_loop
from zarr.crud._stores.forks import check_forked
from zarr.crud._stores.location import store_prototype
from zarr.crud._stores.many_on_loop import change_on_loop

if TYPE_CHECKING:
    from collections.abc import Callable

    from zarr.abc.store import ByteRequest, Store
    from zarr.core.buffer import Buffer
    from zarr.crud._options import Locking
    from zarr.crud._stores.conditional import Condition


class ConditionalChunk(StoredChunk):
    """A chunk in a store that `offers_conditions`.

    What was not read before is put without a condition. There is no conditional deletion: a chunk
    that was read and found is replaced by `encode_empty()` instead, if that is known.
    """

    def __init__(self, store: Store, key: str, locking: Locking) -> None:
        super().__init__(store, key)
        self._locking = locking
        self._condition: Condition | None = None
        self._sent: Buffer | None = None
        self._attempts = Attempts(store, key)

    def change(self, work: Callable[[], None]) -> None:
        """Run `work`, which reads and replaces the value; retry if another writer was first."""
        while True:
            try:
                work()
            except Conflict as conflict:
                self._attempts.note(self._condition, conflict)
            except _Landed:
                return
            else:
                return
            self._value, self._has_value = None, False
            self._attempts.pause()

    def _bytes_at(self, byte_range: ByteRequest | None) -> Buffer | None:
        if not self._has_value:
            check_forked(self._store)
            value, self._condition = on_loop(
                get_conditioned(self._store, self.key, store_prototype())
            )
            self._value, self._has_value = steady(value), True
            if _are_equal(self._value, self._sent):
                raise _Landed
        return super()._bytes_at(byte_range)

    def _put(self, value: Buffer) -> None:
        if not self._has_value:
            super()._put(value)
            return
        self._sent = value
        sent = (self.key, self._store, value, self._condition, self._locking)
        change_on_loop(put_conditioned, [sent])
        self._sent = self._value = None
        self._has_value = False

    def _delete(self) -> None:
        if not self._has_value:
            super()._delete()
        elif self._value is not None:
            if self.encode_empty is None:
                super()._delete()
            else:
                self._put(self.encode_empty())


def _are_equal(one: Buffer | None, other: Buffer | None) -> bool:
    if one is None or other is None or len(one) != len(other):
        return False
    return bool((one.as_numpy_array() == other.as_numpy_array()).all())


class _Landed(Exception):  # noqa: N818
    """The value is what was sent: its answer was lost."""
