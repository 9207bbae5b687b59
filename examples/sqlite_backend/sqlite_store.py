"""A zarr store in one SQLite file: a table of keys and values."""

from __future__ import annotations

import sqlite3
import threading
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zarr.abc.store import (
    OffsetByteRequest,
    RangeByteRequest,
    Store,
    SuffixByteRequest,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

    from zarr.abc.store import ByteRequest
    from zarr.core.buffer import Buffer, BufferPrototype

TABLE = "CREATE TABLE IF NOT EXISTS stored (key TEXT PRIMARY KEY, value BLOB NOT NULL)"
PUT = "INSERT INTO stored VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value"
DELETE = "DELETE FROM stored WHERE key = ?"
MOST = 500
"""How many keys one statement names at most."""


class _Connection(sqlite3.Connection):
    """A connection that is closed when its thread ends, or its store is deleted."""

    def __del__(self) -> None:
        # One that never opened the file cannot be closed.
        with suppress(sqlite3.ProgrammingError):
            self.close()


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Let readers and a writer work at once. SQLite does not wait while others do the same."""
    for _ in range(1000):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError:
            time.sleep(0.01)
        else:
            return
    raise TimeoutError("other connections keep the database locked; try again later")


class SqliteStore(Store):
    """Keys and values in one file, which many threads and processes may use at once."""

    supports_writes = supports_deletes = supports_listing = True

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        super().__init__(read_only=read_only)
        self.path = Path(path).absolute()
        self._threads = threading.local()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SqliteStore) and self.path == other.path

    def __str__(self) -> str:
        return f"sqlite://{self.path}"

    def __reduce__(self) -> tuple[Any, ...]:
        return SqliteStore._restored, (self.path, self.read_only)

    @classmethod
    def _restored(cls, path: Path, read_only: bool) -> SqliteStore:  # noqa: FBT001
        return cls(path, read_only=read_only)

    def with_read_only(self, read_only: bool = False) -> SqliteStore:  # noqa: FBT001, FBT002
        """Return a store on the same file."""
        return SqliteStore(self.path, read_only=read_only)

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of this thread."""
        found: sqlite3.Connection | None = getattr(self._threads, "connection", None)
        if found is None:
            # Any thread may be the one that deletes the store.
            options: Any = {"factory": _Connection, "check_same_thread": False}
            found = sqlite3.connect(self.path, timeout=60, isolation_level=None, **options)
            _write_ahead(found)
            found.execute(TABLE)
            self._threads.connection = found
        return found

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Change several values at once: all of them, or none; other writers wait."""
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def put(self, key: str, value: bytes) -> None:
        """Replace a value."""
        self._check_writable()
        self.connection.execute(PUT, (key, value))

    def remove(self, key: str) -> None:
        """Delete a key; one that is absent is fine."""
        self._check_writable()
        self.connection.execute(DELETE, (key,))

    def values(self, keys: list[str]) -> dict[str, bytes]:
        """Return what is stored of these keys."""
        found: dict[str, bytes] = {}
        for first in range(0, len(keys), MOST):
            some = keys[first : first + MOST]
            marks = ", ".join("?" * len(some))
            query = f"SELECT key, value FROM stored WHERE key IN ({marks})"
            found.update(self.connection.execute(query, some))
        return found

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """Return a value, or a part of it; `None` where there is none."""
        value = self.values([key]).get(key)
        return None if value is None else prototype.buffer.from_bytes(_cut(value, byte_range))

    def set_sync(self, key: str, value: Buffer) -> None:
        """Replace a value."""
        self.put(key, value.to_bytes())

    def delete_sync(self, key: str) -> None:
        """Delete a key; see `remove`."""
        self.remove(key)

    async def get(
        self, key: str, prototype: BufferPrototype, byte_range: ByteRequest | None = None
    ) -> Buffer | None:
        """Return a value; see `get_sync`."""
        return self.get_sync(key, prototype=prototype, byte_range=byte_range)

    async def get_partial_values(
        self, prototype: BufferPrototype, key_ranges: Iterable[tuple[str, ByteRequest | None]]
    ) -> list[Buffer | None]:
        """Return parts of values."""
        return [self.get_sync(key, prototype=prototype, byte_range=r) for key, r in key_ranges]

    async def exists(self, key: str) -> bool:
        """Tell whether a key is there."""
        return bool(self.values([key]))

    async def set(self, key: str, value: Buffer) -> None:
        """Replace a value."""
        self.set_sync(key, value)

    async def delete(self, key: str) -> None:
        """Delete a key."""
        self.delete_sync(key)

    async def list(self) -> AsyncIterator[str]:
        """Yield all keys."""
        for (key,) in self.connection.execute("SELECT key FROM stored").fetchall():
            yield key

    async def list_prefix(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys that begin with a prefix."""
        async for key in self.list():
            if key.startswith(prefix):
                yield key

    async def list_dir(self, prefix: str) -> AsyncIterator[str]:
        """Yield the names right below a prefix."""
        start = f"{prefix.rstrip('/')}/" if prefix else ""
        names = {key[len(start) :].split("/", 1)[0] async for key in self.list_prefix(start)}
        for name in sorted(names):
            yield name


def _cut(value: bytes, byte_range: ByteRequest | None) -> bytes:
    match byte_range:
        case RangeByteRequest(start, end):
            return value[start:end]
        case OffsetByteRequest(offset):
            return value[offset:]
        case SuffixByteRequest(suffix):
            return value[-suffix:] if suffix else b""
    return value
