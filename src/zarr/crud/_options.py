"""How a call is carried out, apart from what it reads or writes."""

from __future__ import annotations

from dataclasses import dataclass
from operator import index as as_int
from typing import Final, Literal, get_args

type MissingChunks = Literal["fill", "error"]
type Durability = Literal["replace", "fsync"]
type Locking = Literal["auto", "threads", "processes"]


@dataclass(frozen=True, slots=True)
class Options:
    """Parameters of a chunk or region call; every field does something in every backend.

    Arrays with an engine have the same options: `zarr.config["array.engine_options"]`, and for one
    array `config={"engine_options": ...}`.

    What a backend or a store cannot do is refused before any work, with an `UnsupportedError`.
    Functions that take no options, those for documents, nodes and encoded chunks, replace what
    they write as by `durability="replace"`.

    Parameters
    ----------
    missing_chunks : {"fill", "error"}
        What a read does for a chunk (shard) that is not stored: return the fill value, or raise
        `zarr.errors.ChunkNotFoundError`. A subchunk that a stored shard lacks is always filled.
    write_empty_chunks : bool
        Whether a chunk that holds nothing but the fill value is stored. By default it is
        deleted instead. What only compares like the fill value, such as `-0.0`, is stored.
    concurrency : int, optional
        How many threads one call may use; 1 keeps all work on the calling thread. By default
        a backend chooses.
    decoded_size_budget : int
        The largest result and the largest single chunk that a call may allocate, in bytes.
        It is checked before anything is allocated. The default is 256 GiB.
    validate_checksums : bool
        Whether the checksums that codecs append are compared: crc32c, that of a shard's index
        too, crc32, adler32, fletcher32 and lookup3. If not, they are cut off unseen. Checksums
        inside of compressed formats, such as gzip, are always compared.
    durability : {"replace", "fsync"}
        What a write has done when it returns. `"replace"`: each chunk is the new one for every
        reader, and the old or the new one after a crash of the process. `"fsync"`: the chunk and
        the names of its folders below the root of the store are also on the disk, and outlast
        a crash of the system. Only for a `LocalStore` (not a subclass). Costs a flush per chunk
        and one per folder.
    locking : {"auto", "threads", "processes"}
        Which concurrent writers of one chunk are kept apart, so that no element is lost where
        they write parts of it. `"threads"`: those of this process. `"processes"`: all of the
        machine; only for a `LocalStore` (not a subclass), on file systems that have `flock`
        and names that can be created exclusively; elsewhere an `OSError`. `"auto"`: processes
        for a `LocalStore` if its file system can, and threads in all other cases. Nothing is
        left behind by a lock, and one dies with its process. Writers that do not go through
        these functions, such as an array without an engine, take no part.
    memory_pool : int
        Most bytes of memory that a backend may keep when results are let go, to use them for
        later results: new memory is what large reads spend most of their time on. 0 turns it
        off. The system takes kept memory back where it is short of it (on Linux). The backend
        "zarrs" keeps results of 4 MiB and more, "reference" keeps nothing. The default is
        256 MiB for all calls of a process together.
    coalesce_max_gap : int
        Most unwanted bytes that are fetched along with parts of a shard so that one request
        does for several: between two subchunks, up to the index, of a whole shard (four times as
        many where the subchunks are of one size, and several requests would have to be made twice
        to know that they were answered from one value). Only for stores other than a
        `LocalStore`. The backend "reference" fetches every shard whole. The default is 1 MiB, as
        that of `zarr.config["array.sharding_coalesce_max_gap_bytes"]`.
    coalesce_max_bytes : int
        Most bytes of one request for several subchunks, under the same conditions. The default is
        16 MiB, as that of `zarr.config["array.sharding_coalesce_max_bytes"]`.

    Raises
    ------
    ValueError
        A field has a value that it does not know.
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

    def __post_init__(self) -> None:
        for name, words in _WORDS.items():
            given = getattr(self, name)
            if given not in words:
                raise ValueError(f"{name} is {given!r}; use {' or '.join(map(repr, words))}")
            # A 1 equals True, and a backend need not take it for that.
            object.__setattr__(self, name, words[words.index(given)])
        if self.concurrency is not None:
            self._check_number("concurrency", "a number of threads", 1)
        for name in _BYTES:
            self._check_number(name, "a number of bytes", 0)

    def _check_number(self, name: str, what: str, least: int) -> None:
        given = getattr(self, name)
        try:
            number = as_int(given)
        except TypeError:
            number = -1
        if not least <= number <= _LARGEST:
            raise ValueError(f"{name} is {given!r}; use {what} from {least} to 2**63 - 1")
        object.__setattr__(self, name, number)


# Sizes beyond it exist on no machine, and do not fit the numbers of a compiled backend.
_LARGEST: Final = (1 << 63) - 1

_WORDS: Final[dict[str, tuple[object, ...]]] = {
    "missing_chunks": get_args(MissingChunks.__value__),
    "write_empty_chunks": (False, True),
    "validate_checksums": (False, True),
    "durability": get_args(Durability.__value__),
    "locking": get_args(Locking.__value__),
}

_BYTES: Final = (
    "decoded_size_budget",
    "memory_pool",
    "coalesce_max_gap",
    "coalesce_max_bytes",
)

DEFAULT_OPTIONS: Final = Options()
