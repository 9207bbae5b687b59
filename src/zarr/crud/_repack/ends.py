"""Both ends of a repack: values of the source, whole or in parts, and those of the target."""

from __future__ import annotations

import errno
import os
import sys
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from zarr.abc.store import RangeByteRequest
from zarr.core.buffer.cpu import buffer_prototype
from zarr.crud._stores.assembled_files import FilePiece, assemble_files
from zarr.crud._stores.batches import read_each
from zarr.crud._stores.direct import DirectStore
from zarr.crud._stores.directories import directory_of
from zarr.crud._stores.event_loop import is_synchronous
from zarr.crud._stores.file_locks import ABSENT
from zarr.crud._stores.files import sync_folders
from zarr.crud._stores.leftovers import look_beside, look_is_due
from zarr.crud._stores.location import Location, get, get_each, put
from zarr.crud._stores.many_on_loop import read_on_loop
from zarr.crud._stores.sized_keys import size_at_once, tells_at_once
from zarr.crud._stores.system_files import check_size, read_at
from zarr.crud.backends.direct import direct_location, file_assembler

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zarr.core.buffer import Buffer
    from zarr.crud._stores.assembled_files import FileAssembler, NewFile, Piece
    from zarr.crud.backends.policy import Engine


class Ends(NamedTuple):
    """The two nodes, as they are reached here."""

    source: Location
    target: Location
    source_folder: Path | None
    target_folder: Path | None
    fsync: bool
    held: dict[str, bytes] = {}  # noqa: RUF012  # of a tuple: it is never changed
    """Values of the source that were read together, by name."""
    assemble: FileAssembler = assemble_files
    """What stores files of the target."""

    @classmethod
    def of(
        cls, source: Location, target: Location, *, fsync: bool = False, engine: Engine = None
    ) -> Ends:
        """Return the ends at two locations; files are stored as an engine does it."""
        folders = [directory_of(each.store) for each in (source, target)]
        roots = [None if folder is None else folder.root.absolute() for folder in folders]
        return cls(
            direct_location(source) if folders[0] is None else source,
            direct_location(target) if folders[1] is None else target,
            roots[0],
            roots[1],
            fsync,
            assemble=file_assembler(engine),
        )

    def below(self, path: str) -> Ends:
        """Return the ends of a member of both nodes."""
        if not path:
            return self
        source = Location(self.source.store, self.source.key(path))
        return self._replace(
            source=source, target=Location(self.target.store, self.target.key(path))
        )

    def opened(self, name: str, size: int | None = None) -> Value | None:
        """Return a value of the source, of which parts can be read; `None` if there is none."""
        key = self.source.key(name)
        if self.source_folder is None:
            whole = self.held.get(name)
            if whole is not None:
                return Kept(self.source, key, len(whole), whole)
            return Kept.of(self.source, key, size)
        path = f"{self.source_folder}/{key}"
        try:
            return InFile(path, os.stat(path).st_size if size is None else size)  # noqa: PTH116
        except ABSENT:
            return None

    def holding(self, names: Sequence[str]) -> Ends:
        """Return the ends with these values of the source, which are read many at a time."""
        keys = [self.source.key(name) for name in names]
        found = get_each(self.source.store, keys, buffer_prototype) if keys else []
        pairs = zip(names, found, strict=True)
        return self._replace(held={n: v.to_bytes() for n, v in pairs if v is not None})

    def store_each(self, values: Iterable[tuple[str, Piece]]) -> None:
        """Store values of the target, each of one piece."""
        if self.target_folder is None:
            for name, piece in values:
                self.store(name, [piece])
            return
        start = self.target_start
        _check(self.store_files([(start + name, [piece]) for name, piece in values]))

    def store(self, name: str, pieces: Sequence[Piece]) -> None:
        """Store a value of the target, put together from pieces."""
        key = self.target.key(name)
        if self.target_folder is not None:
            _check(self.store_files([(self.target_start + name, pieces)]))
            return
        parts = [_in_memory(piece) for piece in pieces]
        value = bytes(parts[0]) if len(parts) == 1 else b"".join(parts)
        put(self.target.store, key, value, fsync=self.fsync)

    def store_files(self, files: Sequence[NewFile]) -> Sequence[int | Exception]:
        """Store files of the target, given by their paths; see `FileAssembler`."""
        found = self.assemble(files, fsync=self.fsync)
        if self.fsync and self.target_folder is not None:
            stored = sum(not isinstance(one, Exception) for one in found)
            sync_folders([Path(path) for path, _ in files[:stored]], self.target_folder)
        if files and look_is_due():
            look_beside(Path(files[-1][0]))
        return found

    @property
    def source_start(self) -> str:
        """The beginning of the paths of all values of the source, which is a directory."""
        return f"{self.source_folder}/{self.source.key('')}"

    @property
    def target_start(self) -> str:
        """The same of the target."""
        return f"{self.target_folder}/{self.target.key('')}"


def _check(stored: Sequence[int | Exception]) -> None:
    if stored and isinstance(stored[-1], Exception):
        raise stored[-1]


def _in_memory(piece: Piece) -> Any:
    if not isinstance(piece, FilePiece):
        return piece
    return InFile(piece.path, piece.size or 0).read([(piece.start, piece.length or 0)])[0]


class Value(Protocol):
    """A value of which parts are read."""

    size: int

    def piece(self, start: int, length: int) -> Piece:
        """Return a part, which may still be in its file."""

    def read(self, parts: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return the bytes of parts: first bytes and lengths."""


@dataclass
class InFile:
    """A value in a file, which had this size when it was listed."""

    path: str
    size: int

    def piece(self, start: int, length: int) -> Piece:
        """Return a part, which is still in the file."""
        return FilePiece(self.path, start, length, self.size)

    def read(self, parts: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return the bytes of parts.

        Raises
        ------
        OSError
            The file ends before a part, or has another size.
        """
        with Path(self.path).open("rb", buffering=0) as file:
            fd = file.fileno()
            found = [_at(fd, start, length, self.path) for start, length in parts]
            check_size(fd, self.size, self.path)
        return found


def _at(fd: int, start: int, length: int, path: str) -> bytes:
    data = read_at(fd, length, start)
    while len(data) < length:
        more = read_at(fd, length - len(data), start + len(data))
        if not more:
            raise OSError(errno.EIO, f"it ends before byte {start + length}", path)
        data += more
    return data


_SMALL = 1 << 20
"""A value that is not larger is read whole, in one request."""


@dataclass
class Kept:
    """A value in another store: whole, or the parts asked for of a large one at hand."""

    location: Location
    key: str
    size: int
    whole: bytes | None

    @classmethod
    def of(cls, location: Location, key: str, size: int | None) -> Kept | None:
        """Return a value whose size may be known; `None` if there is none."""
        # Of a value over the network, parts could be those of two versions.
        if size is None or size <= _SMALL or not tells_at_once(location.store):
            value = get(location.store, key, buffer_prototype)
            if value is None:
                return None
            data = value.to_bytes()
            return cls(location, key, len(data), data)
        return cls(location, key, size, None)

    def piece(self, start: int, length: int) -> Piece:
        """Return a part."""
        return self.read([(start, length)])[0]

    def read(self, parts: Sequence[tuple[int, int]]) -> list[bytes]:
        """Return the bytes of parts; those beside each other come in one request."""
        if self.whole is not None:
            stop = max((start + length for start, length in parts), default=0)
            if stop > self.size:
                raise self._ends_before(stop)
            return [self.whole[start : start + length] for start, length in parts]
        spans = joined(parts)
        found = self._ranges(spans)
        made = []
        for start, length in parts:
            number = bisect_right(spans, (start, sys.maxsize)) - 1
            span, data = spans[number], found[number]
            if len(data) != span[1]:
                raise self._ends_before(span[0] + span[1])
            made.append(data[start - span[0] : start - span[0] + length])
        if (size := size_at_once(self.location.store, self.key)) != self.size:
            text = f"has {size} bytes, not {self.size}: it was changed meanwhile"
            raise OSError(f"the value of {self.key!r} {text}")
        return made

    def _ends_before(self, stop: int) -> OSError:
        return OSError(f"the value of {self.key!r} ends before byte {stop}")

    def _ranges(self, spans: Sequence[tuple[int, int]]) -> list[bytes]:
        store = self.location.store
        if isinstance(store, DirectStore):
            return [value or b"" for value in store.get_many([(self.key, *s) for s in spans])]
        calls: list[tuple[Any]] = [(RangeByteRequest(start, start + n),) for start, n in spans]
        reader: Any = store

        def read(span: Any) -> Buffer | None:
            found: Buffer | None = reader.get_sync(
                self.key, prototype=buffer_prototype, byte_range=span
            )
            return found

        async def read_awaited(span: Any) -> Buffer | None:
            return await store.get(self.key, buffer_prototype, span)

        if is_synchronous(store):
            found = read_each(store, read, calls)
        else:
            found = read_on_loop(read_awaited, calls)
        return [b"" if value is None else value.to_bytes() for value in found]


def joined(parts: Sequence[tuple[int, int]], gap: int = 0) -> list[tuple[int, int]]:
    """Return the spans that cover parts, in order; parts beside each other are in one."""
    spans: list[tuple[int, int]] = []
    for start, length in sorted(parts):
        if spans and start <= spans[-1][0] + spans[-1][1] + gap:
            first, n = spans[-1]
            spans[-1] = (first, max(n, start + length - first))
        else:
            spans.append((start, length))
    return spans
