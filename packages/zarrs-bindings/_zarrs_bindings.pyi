"""Zarr array input and output as functions of (metadata, store, selection)."""

# The module is compiled: editors can only find docstrings and defaults here.
# ruff: noqa: PYI021, PYI054

from asyncio import AbstractEventLoop, Future
from collections.abc import Buffer, Callable, Iterable, Sequence
from typing import Any, Final, Literal, Protocol, final, type_check_only
from zipfile import ZipInfo

import numpy as np
from numpy.typing import NDArray

type _Positions = np.ndarray[tuple[int], np.dtype[np.int64]]
type _Axis = int | tuple[int, int, int] | _Positions | tuple[_Positions, _Positions]
type _Selection = tuple[_Axis, ...] | Points
type _Array = NDArray[Any]
type _Store = FilesystemStore | PythonStore | RemoteStore | ZipStore

__all__ = [
    "KINDS",
    "AwaitedRead",
    "ComingValue",
    "FilesystemStore",
    "Options",
    "Points",
    "PythonStore",
    "Reader",
    "RemoteStore",
    "RemoteValues",
    "ZipStore",
    "__version__",
    "assemble_files",
    "begin_chunk",
    "begin_region",
    "cache_clear",
    "cache_info",
    "cached_kind",
    "chunk_cache_clear",
    "chunk_cache_info",
    "chunk_cache_written",
    "counters",
    "index_cache_info",
    "memory_pool_clear",
    "memory_pool_info",
    "read_chunk",
    "read_region",
    "read_regions",
    "register_cancellation",
    "register_codecs",
    "register_errors",
    "register_request_limit",
    "supports",
    "verify_chunks",
    "write_chunk",
    "write_region",
    "write_regions",
    "zarrs_version",
]

KINDS: Final[tuple[str, ...]]
__version__: Final[str]
zarrs_version: Final[str]

@type_check_only
class _StoreBridge(Protocol):
    """Accesses the values of a store on the calling thread only."""

    def get_many(
        self, requests: list[tuple[str, int | None, int | None]], /
    ) -> Sequence[Buffer | None]:
        """Return the values of ``(key, start, length)`` requests; None for an absent key.

        ``(key, None, None)`` requests the whole value, ``(key, start, n)`` n bytes from start, and
        ``(key, None, n)`` the last n bytes.
        """

    def set_many(self, items: list[tuple[str, bytes]], /) -> None:
        """Set whole values."""

    def delete_many(self, keys: list[str], /) -> None:
        """Delete keys; ignore absent ones."""

@type_check_only
class _TaggedBridge(_StoreBridge, Protocol):
    """A bridge to a store that tags each response with the value that it is of."""

    def get_tagged(
        self, requests: list[tuple[str, int | None, int | None]], /
    ) -> tuple[Sequence[Buffer | None], Sequence[str | None]]:
        """Return what `get_many` returns, and the tag of the value that each response is of.

        Another value of the key has another tag. None if the store gave no tag.
        """

@type_check_only
class _Feed(Protocol):
    """The requests of one read, which are answered while earlier values are decoded."""

    def ask(self, asks: list[tuple[int, int, tuple[str, int | None, int | None]]], /) -> None:
        """Send requests after those before them, each for a job and with a number in the job."""

    def take(
        self,
    ) -> Iterable[tuple[int, int, Buffer | None, str | None, BaseException | None]]:
        """Wait for an answer, and return all that have arrived.

        An answer has the job and the number of its request, and then the value, its tag, and the
        exception of the store.
        """

    def stop_after(self, job: int, /) -> None:
        """Send nothing more for later jobs; such requests count as answered."""

    def close(self) -> None:
        """Cancel what is under way."""

@type_check_only
class _FedBridge(_StoreBridge, Protocol):
    """A bridge to a store that answers requests after a while."""

    def feed(self) -> _Feed | None:
        """Return what reads use instead of `get_many`; None if they use that.

        A bridge with `get_tagged` has `tagged_feed` for parts of shards.
        """

@type_check_only
class _ConditionalWriter(Protocol):
    """Replaces values of some keys unless others have changed them."""

    def get(self, keys: list[str], /) -> tuple[Sequence[Buffer | None], Sequence[bool]]:
        """Return the values, and whether each is the one that was last sent."""

    def put(self, items: list[tuple[str, bytes | None]], /) -> Sequence[bool]:
        """Replace values, and return which of those that were read had been changed.

        None deletes a value that was not read, and keeps an absent one absent.
        """

    def pause(self) -> None:
        """Wait before the next attempt."""

@type_check_only
class _ConditionalBridge(_StoreBridge, Protocol):
    """A bridge to a store that puts values under conditions."""

    def conditional(self, locking: Literal["auto", "conditional"], /) -> _ConditionalWriter:
        """Return the writer of one batch; "auto" may put without a condition if there is none."""

@type_check_only
class _Codec(Protocol):
    """Converts the elements of a chunk, in C order, to stored bytes and back."""

    def decode(
        self, data: bytes, shape: tuple[int, ...], validate_checksums: bool, /
    ) -> Buffer: ...
    def encode(self, data: bytearray, shape: tuple[int, ...], /) -> Buffer: ...

@final
class FilesystemStore:
    """A directory, read and written without Python.

    During a write, ``locks`` has an entry for each file, with its absolute path as key. Other code
    may share the dictionary: if it adds an entry before it changes a file, writes wait for it.
    By default the store has its own dictionary. File locks exclude other processes.
    """

    def __new__(
        cls,
        root: str | bytes,
        *,
        read_only: bool = False,
        locks: dict[bytes, object] | None = None,
    ) -> FilesystemStore: ...
    @property
    def root(self) -> bytes:
        """The absolute path of the directory."""

    @property
    def read_only(self) -> bool:
        """Whether writes are rejected."""

@final
class PythonStore:
    """Any other store, called through a bridge: in batches, or through its feed if it has one.

    Locks work as in `FilesystemStore`, but with ``prefix`` and the key instead of a path.
    ``values`` says whether a value can be replaced between two requests: ``"tagged"`` if
    `get_tagged` of the bridge shows it, ``"immutable"`` if none is ever replaced.
    ``has_conditions`` says that the bridge has `conditional`.
    """

    def __new__(
        cls,
        bridge: _StoreBridge | _TaggedBridge | _FedBridge | _ConditionalBridge,
        *,
        read_only: bool = False,
        locks: dict[bytes, object] | None = None,
        prefix: bytes | None = None,
        values: Literal["changing", "tagged", "immutable"] = "changing",
        has_conditions: bool = False,
    ) -> PythonStore: ...
    @property
    def bridge(self) -> _StoreBridge:
        """The object that is called for values."""

    @property
    def read_only(self) -> bool:
        """Whether writes are rejected."""

@final
class RemoteStore:
    """An object store, read and written over the network without Python.

    ``bridged`` has the identity and the locks of the store.

    ``kind`` is ``"s3"``, ``"gcs"``, ``"azure"`` or ``"http"``; the other arguments are those from
    which obstore makes its stores, as text. ``retry`` has the first and the longest pause, their
    ratio, the number of attempts and the time for all. ``provider`` is a function that returns
    credentials, and how many seconds before they expire it is called again. If the server refuses
    them earlier, its method ``renew_refused`` is called, or it itself if it has none. With
    ``is_fsspec`` the environment is not read, and builtin exceptions are raised. ``regional`` is a
    URL that answers with the region of a bucket of S3, and the endpoint of a region, which is
    written ``{region}``.
    """

    def __new__(
        cls,
        kind: str,
        bridged: PythonStore,
        *,
        url: str | None = None,
        prefix: str | None = None,
        config: list[tuple[str, str]] | None = None,
        client_options: list[tuple[str, str]] | None = None,
        headers: list[tuple[str, bytes]] | None = None,
        certificates: bytes | None = None,
        retry: tuple[float, float, float, int, float] | None = None,
        provider: tuple[Callable[[], object], float] | None = None,
        is_fsspec: bool = False,
        regional: tuple[str, str] | None = None,
    ) -> RemoteStore: ...
    @property
    def has_conditions(self) -> bool:
        """Whether a value can be replaced on the condition that nobody else has changed it."""

    @property
    def is_written(self) -> bool:
        """Whether it is written without Python."""

    @property
    def pace(self) -> tuple[float | None, float | None]:
        """Seconds to an answer, and bytes a second, as this process measured them last."""

    @property
    def bridged(self) -> PythonStore:
        """The Python store, with the same identity and locks."""

@final
class RemoteValues:
    """The values of a `RemoteStore` as bytes, and its keys, without Python.

    All methods release the GIL while they wait, and can be interrupted. The requests count towards
    the limit of the process. A change that is interrupted begins no further request and waits for
    those under way; a second signal aborts them, and the error names their keys.
    """

    def __new__(cls, store: RemoteStore) -> RemoteValues: ...
    def get_many(
        self, requests: Sequence[tuple[str, int | None, int | None]]
    ) -> list[bytes | None]:
        """Return the values of ``(key, start, length)`` requests; None for an absent key.

        ``(key, start, None)`` requests all from start; the others are as in a `PythonStore`. A
        range beyond the end of a value is empty.
        """

    def start_get(self, key: str) -> ComingValue:
        """Request a value without waiting for it."""

    def put(self, key: str, value: bytes, absent: bool) -> bool | None:
        """Replace a value, or, with ``absent``, store it only if there is none.

        Return whether it was stored; None if the store has no such condition.
        """

    def delete_many(self, keys: list[str]) -> None:
        """Delete keys, many with one request where the service can; ignore absent ones."""

    def list_below(self, path: str) -> list[str]:
        """Return all keys below a path; the empty path is the whole store."""

    def list_level(self, path: str) -> tuple[list[str], list[str]]:
        """Return the keys directly below a path, and the paths that have keys below them."""

@final
class ComingValue:
    """A value that was requested. The request is aborted if this object is dropped."""

    def result(self) -> bytes | None:
        """Wait for the value; None if there is none. May be called once."""

@final
class AwaitedRead:
    """A read of a `RemoteStore` for which no thread waits. It holds no memory until its turn comes.

    At most 512 such reads of a process are under way; the others wait. Their results, and the
    values that are requested or not yet decoded, take at most 256 MiB each.
    """

    def start(self, event_loop: AbstractEventLoop, future: Future[_Array]) -> None:
        """Begin, once, and return. A future of the event loop receives the result or the error.

        If it is cancelled, nothing is reported. If the event loop is closed, neither.
        """

    def cancel(self) -> None:
        """End the read and abort its requests; do nothing after its end.

        The future is cancelled once nothing can be written to the result any more.
        """

@final
class ZipStore:
    """A ZIP archive that is only read, without Python; ``bridged`` serves or refuses writes.

    ``path`` names the archive, and ``file`` is the device and the inode of the file that it is
    expected to name. ``entries`` are what Python's ``ZipFile`` found in it. ``bridged`` also reads
    after `close`.
    """

    def __new__(
        cls,
        path: bytes,
        file: tuple[int, int],
        entries: Iterable[ZipInfo],
        bridged: PythonStore,
    ) -> ZipStore: ...
    def close(self) -> None:
        """Close the archive once the reads under way are done."""

    @property
    def bridged(self) -> PythonStore:
        """The Python store, with the same identity and locks."""

@final
class Reader:
    """Plain reads of one array, at the lowest cost: always with the same options, into a new array.

    Both methods take unchecked arguments. They do nothing and return None if an argument does not
    fit the array or needs the slow path.
    """

    def __new__(
        cls,
        metadata: str,
        store: _Store,
        path: str,
        dtype: np.dtype[Any],
        options: Options | None = None,
    ) -> Reader: ...
    def read_chunk(self, index: object, /) -> _Array | None:
        """Read one whole chunk, in its nominal shape, at a tuple of integers."""

    def read_region(self, selection: object, /) -> _Array | None:
        """Read a selection of integers, slices with steps >= 1, and one ellipsis."""

@final
class Options:
    """Options for one call.

    With ``direct_io`` files are read and written without the page cache. It is an error of the kind
    ``"no-direct-io"`` if the store is not a `FilesystemStore`, or the file system cannot do that.
    """

    def __new__(
        cls,
        *,
        concurrency: int | None = None,
        validate_checksums: bool = True,
        missing_chunks: Literal["fill", "error"] = "fill",
        write_empty_chunks: bool = False,
        decoded_size_budget: int = 274877906944,
        durability: Literal["replace", "fsync"] = "replace",
        direct_io: bool = False,
        locking: Literal["auto", "threads", "processes", "conditional"] = "auto",
        memory_pool: int = 268435456,
        coalesce_max_gap: int = 1048576,
        coalesce_max_bytes: int = 16777216,
        immutable_store: bool | None = None,
        in_flight_bytes: int = 268435456,
        chunk_cache: int = 0,
        chunk_cache_max_age: float = 0.0,
    ) -> Options: ...

@final
class Points:
    """Single elements, as one array of positions per axis of the array.

    ``shape`` is the shape of the result, and each array has one position per element of it: point
    n is element n of the result in C order. The arrays are not copied: changing them during a call
    results in other elements, or an error.
    """

    def __new__(cls, axes: tuple[_Positions, ...], shape: Sequence[int]) -> Points: ...
    @property
    def axes(self) -> tuple[_Positions, ...]:
        """The positions on each axis."""

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the result."""

def read_region(
    metadata: str,
    store: _Store,
    selection: _Selection,
    path: str,
    dtype: np.dtype[Any],
    out: _Array | None,
    options: Options | None,
) -> _Array:
    """Read the selected elements into a new array or into ``out``.

    The selection of an axis is a position, which drops the axis; (start, step, count); an array
    of positions in any order, with duplicates, which is copied when the call begins; or the starts
    and stops of ranges in any order, two arrays. The result has one axis for each that is not
    dropped.
    """

def begin_region(
    metadata: str,
    store: _Store,
    selection: _Selection,
    path: str,
    dtype: np.dtype[Any],
    out: _Array | None,
    options: Options | None,
) -> AwaitedRead | None:
    """Check and plan what `read_region` reads, and request nothing.

    None if the read must wait in the calling thread: the store is not a `RemoteStore`, or a codec
    exists only in Python.
    """

def write_region(
    metadata: str,
    store: _Store,
    selection: _Selection,
    value: _Array,
    path: str,
    options: Options | None,
) -> None:
    """Write the selected elements; partly covered chunks keep the rest.

    If an element is selected more than once, the last value in C order of the selection wins.
    """

def read_regions(
    requests: list[tuple[int, str, _Store, _Selection, str]],
    targets: list[tuple[np.dtype[Any], _Array | None]],
    options: Options | None,
) -> list[_Array]:
    """Read many selections, each chunk once. A note of an exception says which requests failed.

    A request is its number in notes, the metadata, the store, the selection and the path; a target
    its data type, and the array to fill or None. No two arrays may share memory.
    """

def write_regions(
    requests: list[tuple[int, str, _Store, _Selection, str]],
    values: list[_Array],
    options: Options | None,
) -> None:
    """Write many selections; a chunk that several touch is replaced once.

    An element that several select gets the last value.
    """

def read_chunk(
    metadata: str,
    store: _Store,
    index: tuple[int, ...],
    path: str,
    dtype: np.dtype[Any],
    out: _Array | None,
    options: Options | None,
) -> _Array:
    """Read one whole chunk, in its nominal shape."""

def begin_chunk(
    metadata: str,
    store: _Store,
    index: tuple[int, ...],
    path: str,
    dtype: np.dtype[Any],
    out: _Array | None,
    options: Options | None,
) -> AwaitedRead | None:
    """Check and plan what `read_chunk` reads, as `begin_region` does."""

def write_chunk(
    metadata: str,
    store: _Store,
    index: tuple[int, ...],
    value: _Array,
    path: str,
    options: Options | None,
) -> None:
    """Write one whole chunk, given in its nominal shape."""

def register_request_limit(asked: Callable[[], int]) -> None:
    """Set the function that returns how many requests a process has in flight at most.

    It is called at the beginning of each call over the network, on the thread of the call.
    """

def assemble_files(
    files: Sequence[tuple[str, Sequence[bytes | tuple[str, int, int | None, int | None]]]],
    /,
    *,
    fsync: bool,
) -> list[int | Exception]:
    """Store files one after the other, each put together from bytes and from parts of other files.

    A part is a path, the first byte, the number of bytes (None for all that follow), and the size
    that the file must have (None if that does not matter). Return the
    sizes of the new files; if one fails, the last item is its error, and the others are not begun.
    A reader sees the old or the new file.
    """

def verify_chunks(
    metadata: str,
    store: _Store,
    indices: Sequence[tuple[int, ...]],
    path: str,
    options: Options | None,
) -> list[int | None] | None:
    """Decode whole chunks into memory that is forgotten.

    Return the stored size of each chunk that decodes, and None for any other; None for all if the
    array has to be read: because of its codecs, the options, or a store that is no
    `FilesystemStore`.
    """

def supports(metadata: str) -> str | None:
    """Return why a document is not supported, or None."""

def counters() -> dict[str, int]:
    """Return the counts of operations since import."""

def cache_info() -> tuple[int, int, int, int]:
    """Return hits, misses, size and capacity of the cache of constructed arrays."""

def cache_clear() -> None:
    """Clear the caches of constructed arrays and of shard indexes."""

def index_cache_info() -> tuple[int, int, int]:
    """Return number, bytes and maximum bytes of the cached shard indexes.

    The cache identifies a local file by device, inode, size and times. It only takes the index of
    a file that has not changed for some seconds.
    """

def chunk_cache_info() -> tuple[int, int, int, int, int, int]:
    """Return hits, misses, number and bytes of the cached chunks, revalidations, and maximum bytes.

    Revalidations are requests after which a server has confirmed that a value is unchanged.
    """

def chunk_cache_clear() -> None:
    """Remove all cached chunks, reset the counts, and forget the maximum."""

def chunk_cache_written(store: _Store) -> None:
    """Let later reads ask a store whether its cached chunks are up to date."""

def cached_kind(metadata: str) -> tuple[int, bool, bool, bool]:
    """Return of what can be cached of a document: its decoded bytes, and three flags.

    Whether it is stored as such, has elements of variable length, and is decoded by Python only.
    """

def memory_pool_info() -> tuple[int, int]:
    """Return number and bytes of the memory blocks kept for later results and sent values."""

def memory_pool_clear() -> None:
    """Return the kept memory to the system."""

def register_cancellation(check: Callable[[], object]) -> None:
    """Set the function that raises if the running call was cancelled.

    It is called at intervals, on the thread of the call.
    """

def register_codecs(maker: Callable[[str], _Codec]) -> None:
    """Set the function that creates Python-only codecs from a text that describes their array."""

def register_errors(classes: dict[str, type[BaseException]]) -> None:
    """Set the exception class of each kind, which is called as ``cls(message)``."""
