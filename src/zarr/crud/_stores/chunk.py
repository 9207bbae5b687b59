"""One stored chunk, with the interface that zarr's codec pipeline expects."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Self

from numcodecs.errors import UnsafeDecodeError  # type: ignore[import-untyped]

from zarr.core.buffer.cpu import Buffer as CpuBuffer
from zarr.core.buffer.cpu import buffer_prototype as cpu_buffer_prototype
from zarr.crud._errors import undecodable
from zarr.crud._older_zarr import PickleCodecDisabledError
from zarr.crud._stores.files import extent
from zarr.crud._stores.location import delete, get, put
from zarr.crud._stores.steady import is_steady

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zarr.abc.store import ByteRequest, Store
    from zarr.core.buffer import Buffer, BufferPrototype


NO_DAMAGE: Final = (MemoryError, PickleCodecDisabledError, UnsafeDecodeError)
"""Exceptions from codecs that do not mean that the stored bytes are damaged."""


class StoredChunk:
    """A key of a store with the synchronous getter and setter of zarr's pipelines.

    It remembers the store's last exception, to distinguish damaged bytes from a failure of the
    store.
    """

    def __init__(self, store: Store, key: str) -> None:
        # Not named `store`: zarr's sharding codec bypasses a getter that has such an attribute.
        self._store = store
        self.key = key
        self._was_read = False
        self._failure: Exception | None = None
        self._value: Buffer | None = None
        self._has_value = False
        self.encode_empty: Callable[[], Buffer] | None = None
        """Makes the value to store where a deletion cannot be conditional; see `change`."""

    def __enter__(self) -> Self:
        """Begin to read. All reads until the exit see one value."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the reads."""

    def change(self, work: Callable[[], None]) -> None:
        """Run `work`, which reads and replaces the value; retry if another writer was first."""
        work()

    def get_sync(
        self,
        prototype: BufferPrototype = cpu_buffer_prototype,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Return the stored bytes or a range of them, or `None` if the key is absent."""
        with self._store_call():
            found = self._bytes_at(byte_range)
        self._was_read = self._was_read or found is not None
        if found is None or isinstance(found, prototype.buffer):
            return found
        return prototype.buffer.from_array_like(found.as_numpy_array())

    def set_sync(self, value: Buffer) -> None:
        """Replace the stored bytes."""
        with self._store_call():
            self._put(value)

    def delete_sync(self) -> None:
        """Delete the key."""
        with self._store_call():
            self._delete()

    def decode[T](self, work: Callable[[], T]) -> T:
        """Run `work`, which decodes stored bytes, perhaps again; see `decoding` for exceptions."""
        with self.decoding():
            return work()

    @contextmanager
    def decoding(self) -> Iterator[None]:
        """Turn exceptions from codecs about stored bytes into a `DecodeError` with the key."""
        try:
            yield
        except Exception as err:
            if err is self._failure or not self._was_read or isinstance(err, NO_DAMAGE):
                raise
            raise undecodable(self.key, self._store, err) from err

    def _bytes_at(self, byte_range: ByteRequest | None) -> Buffer | None:
        # Read the whole value once: two requests could return parts of two values, and the index of
        # one value does not describe the subchunks of the other.
        if not self._has_value:
            self._value, self._has_value = steady(get(self._store, self.key)), True
        if self._value is None or byte_range is None:
            return self._value
        start, length = extent(byte_range, len(self._value))
        return self._value[start : start + length]

    def _put(self, value: Buffer) -> None:
        self._value, self._has_value = None, False
        put(self._store, self.key, value)

    def _delete(self) -> None:
        self._value, self._has_value = None, False
        delete(self._store, self.key)

    @contextmanager
    def _store_call(self) -> Iterator[None]:
        try:
            yield
        except Exception as err:
            self._failure = err
            raise


def steady(value: Buffer | None) -> Buffer | None:
    """Return bytes that do not change while they are decoded: a copy, if a store's could."""
    if value is None or is_steady(value.as_numpy_array()):
        return value
    return CpuBuffer.from_bytes(value.to_bytes())
