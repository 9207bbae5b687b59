"""The store that a batch of writes passes for: what the batch holds is never hidden from it.

Functions of `zarr.crud` find the batch behind it. Anything else calls the methods of a store: a key
that is read or listed is written before, and a key that is replaced or deleted is no longer held.
"""

from __future__ import annotations

from contextlib import asynccontextmanager, contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, Self

from zarr.abc.store import Store
from zarr.crud._errors import BatchError
from zarr.crud._stores.holder import among_names, beginning, below, one_of, unlisted
from zarr.crud._stores.threads import run_in_worker
from zarr.crud._stores.writable import check_writable
from zarr.storage import WrapperStore

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator
    from typing import NoReturn

    from zarr.abc.store import ByteRequest
    from zarr.core.buffer import Buffer, BufferPrototype
    from zarr.crud._stores.holder import Holder, Meant


class BatchedStore(WrapperStore[Store]):
    """A store that shows another one with the changes that a batch holds."""

    def __init__(self, store: Store, holder: Holder, *, read_only: bool = False) -> None:
        super().__init__(store)
        self._holder = holder
        self._is_read_only = read_only

    def with_read_only(self, read_only: bool = False) -> BatchedStore:  # noqa: FBT001, FBT002
        """Return this batch as a store of the other mode."""
        inner = self._store
        if inner.read_only and not read_only:
            inner = inner.with_read_only(read_only)
        return BatchedStore(inner, self._holder, read_only=read_only)

    @property
    def read_only(self) -> bool:
        """Whether nothing can be written."""
        self._holder.check_open()
        return self._is_read_only or self._store.read_only

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        pass

    def close(self) -> None:
        """Do nothing: the store belongs to whoever opened it."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BatchedStore) and self._holder is other._holder

    def __str__(self) -> str:
        # Messages name the store.
        return str(self._store)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._store!r})"

    def __reduce__(self) -> NoReturn:
        raise BatchError(
            "a batch of writes cannot be pickled: what it holds is in this process; "
            "pass the store, and begin a batch in each process"
        )

    def _write_out(self, meant: Meant) -> None:
        self._holder.check_open()
        if self._holder.holds(meant):
            self._holder.write_out(meant)

    async def _write_out_async(self, meant: Meant) -> None:
        self._holder.check_open()
        if self._holder.holds(meant):
            await run_in_worker(self._holder.write_out, meant)

    @contextmanager
    def _replacing(self, meant: Meant) -> Iterator[None]:
        check_writable(self, puts=False)
        taken = self._holder.take_out(meant)
        try:
            yield
        except BaseException:
            taken.give_back()
            raise
        taken.drop()

    @asynccontextmanager
    async def _replacing_async(self, meant: Meant) -> AsyncIterator[None]:
        check_writable(self, puts=False)
        if not self._holder.holds(meant):
            yield
            return
        taken = await run_in_worker(self._holder.take_out, meant)
        try:
            yield
        except BaseException:
            taken.give_back()
            raise
        taken.drop()

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Return a value or a part of it, after a chunk that is held has been written."""
        self._write_out(one_of(key))
        return super().get_sync(key, prototype=prototype, byte_range=byte_range)

    def set_sync(self, key: str, value: Buffer) -> None:
        """Replace a value; a chunk that is held is not written over it."""
        with self._replacing(one_of(key)):
            super().set_sync(key, value)

    def delete_sync(self, key: str) -> None:
        """Delete a value, held or stored."""
        with self._replacing(one_of(key)):
            super().delete_sync(key)

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return a value or a part of it, after a chunk that is held has been written."""
        await self._write_out_async(one_of(key))
        return await super().get(key, prototype, byte_range)

    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        """Return values or parts of them, as `get` does."""
        asked = list(key_ranges)
        await self._write_out_async(one_of(*(key for key, _ in asked)))
        return await super().get_partial_values(prototype, asked)

    async def get_ranges(self, key: str, *args: Any, **options: Any) -> Any:
        """Yield parts of a value, as `get` does."""
        await self._write_out_async(one_of(key))
        async for group in super().get_ranges(key, *args, **options):
            yield group

    # By the methods above and below, not by those of the other store.
    _get_many = Store._get_many
    _set_many = Store._set_many

    async def exists(self, key: str) -> bool:
        """Return whether a key has a value, held or stored."""
        await self._write_out_async(one_of(key))
        return await super().exists(key)

    async def getsize(self, key: str) -> int:
        """Return the size of a value, as `get` does."""
        await self._write_out_async(one_of(key))
        return await self._store.getsize(key)

    async def getsize_prefix(self, prefix: str) -> int:
        """Return the size of all values below a prefix, as `get` does."""
        await self._write_out_async(below(prefix))
        return await self._store.getsize_prefix(prefix)

    async def is_empty(self, prefix: str) -> bool:
        """Return whether no key is below a prefix, held or stored."""
        await self._write_out_async(below(prefix))
        return await super().is_empty(prefix)

    async def set(self, key: str, value: Buffer) -> None:
        """Replace a value; a chunk that is held is not written over it."""
        async with self._replacing_async(one_of(key)):
            await super().set(key, value)

    async def set_if_not_exists(self, key: str, value: Buffer) -> None:
        """Store a value unless there is one, held or stored."""
        check_writable(self)
        await self._write_out_async(one_of(key))
        await super().set_if_not_exists(key, value)

    async def delete(self, key: str) -> None:
        """Delete a value, held or stored."""
        async with self._replacing_async(one_of(key)):
            await super().delete(key)

    async def delete_dir(self, prefix: str) -> None:
        """Delete all values below a prefix, held or stored."""
        async with self._replacing_async(below(prefix)):
            await super().delete_dir(prefix)

    async def clear(self) -> None:
        """Delete all values, held or stored."""
        async with self._replacing_async(below("")):
            await super().clear()

    async def list(self) -> AsyncIterator[str]:
        """Yield all keys, after the chunks that are held have been written."""
        await self._write_out_async(below(""))
        async for key in self._store.list():
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys that begin with a prefix, as `list` does."""
        await self._write_out_async(beginning(prefix))
        async for key in self._store.list_prefix(prefix):
            yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """Yield the names below a prefix; chunks are written before if the names depend on them."""
        await self._write_out_async(among_names(prefix))
        names = [name async for name in self._store.list_dir(prefix)]
        missing = unlisted(prefix, set(names))
        if self._holder.holds(missing):
            await self._write_out_async(missing)
            names = [name async for name in self._store.list_dir(prefix)]
        for name in names:
            yield name


@cache
def _is_batched(store_type: type[object]) -> bool:
    # As for `locate`: every public call comes here.
    return issubclass(store_type, BatchedStore)


def batch_of(store: Any) -> Holder | None:
    """Return the batch that a store belongs to, if it can be used; `None` for any other store."""
    if not _is_batched(store.__class__):
        return None
    holder: Holder = store._holder
    holder.check_open()
    return holder


def without_batch(store: Store) -> Store:
    """Return the store that a batch writes to; any other store itself."""
    return store._store if _is_batched(store.__class__) else store  # type: ignore[attr-defined]
