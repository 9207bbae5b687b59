"""Options that control how a call runs, independent of the data that it reads or writes."""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from operator import index as as_int
from typing import Final, Literal, get_args

type MissingChunks = Literal["fill", "error"]
type Durability = Literal["replace", "fsync"]
type Locking = Literal["auto", "threads", "processes", "conditional"]


@dataclass(frozen=True, slots=True)
class Options:
    """Parameters of a chunk or region call; every backend follows every field.

    Arrays with an engine have the same options: `zarr.config["array.engine_options"]`, and for one
    array `config={"engine_options": ...}`.

    An option that a backend or a store cannot follow raises `UnsupportedError` before any work.
    Functions without options (those for documents, nodes and encoded chunks) write as with
    `durability="replace"`.

    Parameters
    ----------
    missing_chunks : {"fill", "error"}
        What a read does for a chunk (shard) that is not stored: return the fill value, or raise
        `zarr.errors.ChunkNotFoundError`. A subchunk that is missing in a stored shard always reads
        as the fill value.
    write_empty_chunks : bool
        Whether a chunk that holds only the fill value is stored. By default it is deleted
        instead. Values that only compare equal to the fill value, such as `-0.0`, are stored.
    concurrency : int, optional
        How many threads one call may use to run codecs; 1 keeps this work on the calling thread. By
        default the backend chooses. It does not limit requests: over the network and to
        asynchronous stores `zarr.config["array.requests_in_flight"]` are made at a time, and to
        other stores than a `LocalStore` and those in memory `zarr.config["async.concurrency"]`. The
        backend "reference" makes each in the thread that decodes the chunk.
    decoded_size_budget : int
        The largest result and the largest single chunk that a call may allocate, in bytes.
        It is checked before anything is allocated. The default is 256 GiB.
    validate_checksums : bool
        Whether the checksums that codecs append are compared: crc32c (also that of a shard's
        index), crc32, adler32, fletcher32 and lookup3. If not, they are removed unchecked.
        Checksums inside of compressed formats, such as gzip, are always compared.
    durability : {"replace", "fsync"}
        What is guaranteed when a write returns. `"replace"`: every reader sees the new chunk; after
        a crash of the process, the old or the new one. `"fsync"`: the chunk and its folders below
        the root of the store are also on the disk, and survive a crash of the system. Only for
        a `LocalStore` (not a subclass), and a store of obstore or fsspec that is used as one.
        Costs one flush per chunk and one per folder.
    locking : {"auto", "threads", "processes", "conditional"}
        Which concurrent writers of one chunk are serialized, so that no element is lost when they
        write parts of it. `"threads"`: those of this process. `"processes"`: all of the
        machine; only for the same stores as `"fsync"`, on file systems that support `flock`
        and exclusive creation of names; otherwise an `OSError` is raised. `"conditional"`: those
        of all machines; only for an object store that can put a value under the condition that it
        is still the one that was read. If it is not, the write of this chunk is repeated with the
        new value, after a pause. There is no conditional deletion: a part that leaves only the fill
        value in a stored chunk stores that. `"auto"`: conditional where the store offers it,
        processes for local files if their file system supports it, threads in all other cases. A
        lock leaves no files behind, and is released when its process ends. Writers that do not use
        these functions, such as an array without an engine, are not included.
    memory_pool : int
        The most bytes of freed results that a backend may keep and reuse for later results.
        Large reads spend most of their time on new memory. 0 turns this off. The system can
        reclaim the kept memory when it is short of memory (on Linux). The backend "zarrs" keeps
        results of 4 MiB and more, and, up to a quarter of the bytes, values of 128 KiB and more
        that a write has sent over the network; "reference" keeps nothing. The default is 256 MiB
        for all calls of a process together.
    coalesce_max_gap : int
        The most unwanted bytes that are fetched together with parts of a shard, to replace several
        requests with one: the bytes between two subchunks, or between a subchunk and the index. A
        shard whose decoded size is not larger is fetched whole in one request, unless
        `immutable_store` or the tags of a store in Python make this needless, or its index is
        known from an earlier read. "zarrs" fetches fewer unwanted bytes over a network where it
        measured that they take longer than a request. With 0, no unwanted byte is fetched. Only
        for stores other than a `LocalStore`. The default is 1 MiB, as that of
        `zarr.config["array.sharding_coalesce_max_gap_bytes"]`.
    coalesce_max_bytes : int
        The most bytes of one request for several subchunks, under the same conditions. The default
        is 16 MiB, as that of `zarr.config["array.sharding_coalesce_max_bytes"]`. A shard of which
        every subchunk is wanted is fetched in one request, whatever its size.
    immutable_store : bool, optional
        Whether no value of the store is replaced or deleted during a read. If so, a part of a shard
        is read with one request for the index and those for the subchunks. If not, the index is
        requested once more, to find out whether the shard was replaced meanwhile. If it is true
        but values are replaced, a read may return wrong elements or raise a `DecodeError`. By
        default it is known from the store: true for a read-only session of icechunk and for a
        `ZipStore` opened for reading. A `zarr.storage.ObjectStore` gives each value a tag (ETag),
        which shows the same without another request. A `LocalStore` needs none of this. With a
        `chunk_cache` it also says that nobody else replaces values between two reads.
    in_flight_bytes : int
        The most bytes of chunks that a call has in flight over the network: requested, or received
        and not yet decoded. A request counts with the decoded size of its chunk, and one that is
        larger than all of this waits until it is alone. Only for stores that the backend "zarrs"
        accesses without Python. Reads that are awaited have 256 MiB together instead. The default
        is 256 MiB.
    chunk_cache : int
        The most bytes of decoded chunks and subchunks to keep for later reads. The backend "zarrs"
        has one cache for a process, and the largest `chunk_cache` of its calls is the bound; the
        least recently used chunks are dropped first. A call with 0, the default, neither uses nor
        fills it. A kept chunk is used only if its source is unchanged: a file or an archive by its
        state, which the system tells, and a value in an object store by its tag (ETag), at the cost
        of a conditional request. Values of other stores are kept only if `immutable_store` is true,
        or known from the store. Not kept are missing chunks, elements of variable length, chunks
        that only a codec in Python decodes, files that were changed less than three seconds ago,
        and chunks without codecs in files. A chunk of a file that a read takes whole is kept when
        it is read a second time. A chunk counts with its decoded size and 512 bytes.
        Other backends ignore this option.
    chunk_cache_max_age : float
        For how many seconds after a request a server is not asked again whether a kept chunk has
        changed. Changes by others are seen that much later; those of this process through
        `zarr.crud` or an engine, at once. By default, 0, the server is asked in every call.

    Raises
    ------
    ValueError
        A field has an invalid value.
    """

    missing_chunks: MissingChunks = "fill"
    write_empty_chunks: bool = False
    concurrency: int | None = None
    decoded_size_budget: int = 1 << 38
    validate_checksums: bool = True
    durability: Durability = "replace"
    locking: Locking = "auto"
    memory_pool: int = 256 << 20
    coalesce_max_gap: int = 1 << 20
    coalesce_max_bytes: int = 16 << 20
    immutable_store: bool | None = None
    in_flight_bytes: int = 256 << 20
    chunk_cache: int = 0
    chunk_cache_max_age: float = 0.0

    def __post_init__(self) -> None:
        for name, words in _WORDS.items():
            given = getattr(self, name)
            if given not in words:
                raise ValueError(f"{name} is {given!r}; use {' or '.join(map(repr, words))}")
            # 1 equals True, but a backend need not treat it as True.
            object.__setattr__(self, name, words[words.index(given)])
        if self.concurrency is not None:
            self._check_number("concurrency", "a number of threads", 1)
        for name in _BYTES:
            self._check_number(name, "a number of bytes", 0)
        self._check_seconds("chunk_cache_max_age")

    def _check_number(self, name: str, what: str, least: int) -> None:
        given = getattr(self, name)
        try:
            # `True` would be a cache of one byte.
            number = -1 if name == "chunk_cache" and isinstance(given, bool) else as_int(given)
        except TypeError:
            number = -1
        if not least <= number <= _LARGEST:
            raise ValueError(f"{name} is {given!r}; use {what} from {least} to 2**63 - 1")
        object.__setattr__(self, name, number)

    def _check_seconds(self, name: str) -> None:
        given = getattr(self, name)
        is_real = isinstance(given, Real) and not isinstance(given, bool)
        # Not a number compares false.
        if not (is_real and given >= 0):
            raise ValueError(f"{name} is {given!r}; use a number of seconds from 0, or inf")
        object.__setattr__(self, name, float(given))


# No machine has larger sizes, and they do not fit the integers of a compiled backend.
_LARGEST: Final = (1 << 63) - 1

_WORDS: Final[dict[str, tuple[object, ...]]] = {
    "missing_chunks": get_args(MissingChunks.__value__),
    "write_empty_chunks": (False, True),
    "validate_checksums": (False, True),
    "immutable_store": (None, False, True),
    "durability": get_args(Durability.__value__),
    "locking": get_args(Locking.__value__),
}

_BYTES: Final = (
    "decoded_size_budget",
    "memory_pool",
    "coalesce_max_gap",
    "coalesce_max_bytes",
    "in_flight_bytes",
    "chunk_cache",
)

DEFAULT_OPTIONS: Final = Options()
