"""Zarr array input and output as functions of (metadata, store, selection)."""

# A compiled module has no source where an editor could find docstrings and defaults.
# ruff: noqa: PYI021, PYI054

from collections.abc import Buffer, Callable, Sequence
from typing import Any, Final, Literal, Protocol, final, type_check_only

import numpy as np
from numpy.typing import NDArray

type _Positions = np.ndarray[tuple[int], np.dtype[np.int64]]
type _Axis = int | tuple[int, int, int] | _Positions
type _Selection = tuple[_Axis, ...] | Points
type _Array = NDArray[Any]
type _Store = FilesystemStore | PythonStore

__all__ = [
    "KINDS",
    "FilesystemStore",
    "Options",
    "Points",
    "PythonStore",
    "Reader",
    "__version__",
    "cache_clear",
    "cache_info",
    "counters",
    "index_cache_info",
    "memory_pool_clear",
    "memory_pool_info",
    "read_chunk",
    "read_region",
    "register_codecs",
    "register_errors",
    "supports",
    "write_chunk",
    "write_region",
    "zarrs_version",
]

KINDS: Final[tuple[str, ...]]
__version__: Final[str]
zarrs_version: Final[str]

@type_check_only
class _StoreBridge(Protocol):
    """What is called for the values of a store, in batches, on the calling thread only."""

    def get_many(
        self, requests: list[tuple[str, int | None, int | None]], /
    ) -> Sequence[Buffer | None]:
        """Give the values of ``(key, start, length)``; None for an absent key.

        ``(key, None, None)`` is the whole value, ``(key, start, n)`` are n bytes from start, and
        ``(key, None, n)`` the last n bytes.
        """

    def set_many(self, items: list[tuple[str, bytes]], /) -> None:
        """Replace whole values."""

    def delete_many(self, keys: list[str], /) -> None:
        """Delete keys; absent ones are fine."""

@type_check_only
class _Codec(Protocol):
    """From the elements of a chunk, in C order, to stored bytes and back."""

    def decode(
        self, data: bytes, shape: tuple[int, ...], validate_checksums: bool, /
    ) -> Buffer: ...
    def encode(self, data: bytearray, shape: tuple[int, ...], /) -> Buffer: ...

@final
class FilesystemStore:
    """A directory, read and written without Python.

    What is being written is an entry of ``locks``, by its absolute path: code that shares the
    dictionary, and adds an entry before it changes a file, is waited for. By default the handle
    has a dictionary of its own. Other processes are kept away by locks of the files.
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
        """Whether writes are refused."""

@final
class PythonStore:
    """Any other store, reached through the batched calls of a bridge.

    Locks are those of a `FilesystemStore`, with a key's name after ``prefix`` for its path.
    """

    def __new__(
        cls,
        bridge: _StoreBridge,
        *,
        read_only: bool = False,
        locks: dict[bytes, object] | None = None,
        prefix: bytes | None = None,
    ) -> PythonStore: ...
    @property
    def bridge(self) -> _StoreBridge:
        """The object that is called for values."""

    @property
    def read_only(self) -> bool:
        """Whether writes are refused."""

@final
class Reader:
    """Plain reads of one array, at the least cost: with default options, to a new array.

    Both methods take what is not checked yet, and return None, having done nothing, for what does
    not fit the array or has to be looked at by others.
    """

    def __new__(cls, metadata: str, store: _Store, path: str, dtype: np.dtype[Any]) -> Reader: ...
    def read_chunk(self, index: object, /) -> _Array | None:
        """Read one whole chunk, in its nominal shape, by a tuple of integers."""

    def read_region(self, selection: object, /) -> _Array | None:
        """Read the elements that integers, slices with steps >= 1 and one ellipsis select."""

@final
class Options:
    """Choices for one call."""

    def __new__(
        cls,
        *,
        concurrency: int | None = None,
        validate_checksums: bool = True,
        missing_chunks: Literal["fill", "error"] = "fill",
        write_empty_chunks: bool = False,
        decoded_size_budget: int = 274877906944,
        durability: Literal["replace", "fsync"] = "replace",
        locking: Literal["auto", "threads", "processes"] = "auto",
        memory_pool: int = 268435456,
        coalesce_max_gap: int = 1048576,
        coalesce_max_bytes: int = 16777216,
    ) -> Options: ...

@final
class Points:
    """Single elements, by one array of positions per axis of the array.

    All are as long as ``shape``, that of the result, has elements: point n is element n of the
    result in C order. They are not copied: who changes them during a call gets other elements,
    or an error.
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

    An axis is a position, which drops it, (start, step, count), or an array of positions in any
    order and as often as wanted, copied when the call begins. The result has one axis for each
    that is not dropped.
    """

def write_region(
    metadata: str,
    store: _Store,
    selection: _Selection,
    value: _Array,
    path: str,
    options: Options | None,
) -> None:
    """Write the selected elements; chunks that are covered in part keep the rest.

    Of an element that is selected more than once, the last in C order of the selection wins.
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

def write_chunk(
    metadata: str,
    store: _Store,
    index: tuple[int, ...],
    value: _Array,
    path: str,
    options: Options | None,
) -> None:
    """Write one whole chunk, given in its nominal shape."""

def supports(metadata: str) -> str | None:
    """Say why a document is not served, or None."""

def counters() -> dict[str, int]:
    """What was done since import."""

def cache_info() -> tuple[int, int, int, int]:
    """Hits, misses, size and capacity of the cache of constructed arrays."""

def cache_clear() -> None:
    """Forget all constructed arrays, and indexes of shards."""

def index_cache_info() -> tuple[int, int, int]:
    """Number and bytes of the indexes of shards that are kept, and the most bytes.

    An index is kept for a local file as it is: by its device, inode, size and times, once it has
    been at rest for some seconds.
    """

def memory_pool_info() -> tuple[int, int]:
    """Number and bytes of the blocks of memory that are kept for later results."""

def memory_pool_clear() -> None:
    """Give that memory back to the system."""

def register_codecs(maker: Callable[[str], _Codec]) -> None:
    """Set what makes the codecs that only Python has, from a text that describes their array."""

def register_errors(classes: dict[str, type[BaseException]]) -> None:
    """Set the exception class of each kind; made as ``cls(message)``."""
