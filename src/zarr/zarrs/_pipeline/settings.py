"""The configuration of zarr that the codec pipeline follows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import index as as_int
from typing import TYPE_CHECKING, Any

from zarr.core.config import config
from zarr.crud._arguments import shown
from zarr.crud._options import Options
from zarr.zarrs._direct_io import DirectOptions

if TYPE_CHECKING:
    from zarr.crud._document.document import Document
    from zarr.crud._options import MissingChunks


@dataclass(frozen=True, slots=True)
class Settings:
    """What was configured when a pipeline was made.

    Parameters
    ----------
    threads : int, optional
        `threading.max_workers`.
    most_chunks, least_chunks : int, optional
        `codec_pipeline.chunk_concurrent_maximum` and `codec_pipeline.chunk_concurrent_minimum`. The
        second has no effect: the engine always processes as many chunks at a time as it may.
    validate_checksums, direct_io, strict : bool
        The keys of `codec_pipeline` with these names.
    """

    threads: int | None
    most_chunks: int | None
    least_chunks: int | None
    validate_checksums: bool
    direct_io: bool
    strict: bool

    def options(
        self,
        document: Document,
        *,
        write_empty_chunks: bool,
        missing_chunks: MissingChunks = "error",
        in_memory: bool = False,
    ) -> Options:
        """Return the options of a call, perhaps one that uses no file."""
        threads = self.threads
        if self.most_chunks is not None and not is_sharded(document):
            # One thread for each chunk.
            threads = self.most_chunks if threads is None else min(threads, self.most_chunks)
        direct_io = self.direct_io and not in_memory
        given = (threads, self.validate_checksums, write_empty_chunks, missing_chunks, direct_io)
        return _options(*given)

    def chunks_at_a_time(self, document: Document) -> int | None:
        """Return the limit for shards, each of which may have several threads."""
        return self.most_chunks if is_sharded(document) else None


@lru_cache(maxsize=64)
def _options(
    threads: int | None,
    validate_checksums: bool,  # noqa: FBT001
    write_empty_chunks: bool,  # noqa: FBT001
    missing_chunks: MissingChunks,
    direct_io: bool,  # noqa: FBT001
) -> Options:
    options = Options(
        concurrency=threads,
        validate_checksums=validate_checksums,
        write_empty_chunks=write_empty_chunks,
        missing_chunks=missing_chunks,
    )
    return DirectOptions.of(options) if direct_io else options


def is_sharded(document: Document) -> bool:
    """Return whether each chunk is a shard."""
    return document.derive(_is_sharded)


def _is_sharded(document: Document) -> bool:
    codecs: Any = document.get("codecs") or ()
    return any(codec.get("name") == "sharding_indexed" for codec in codecs)


def configured() -> Settings:
    """Return the current configuration.

    Raises
    ------
    ValueError
        A setting has an invalid value.
    """
    return Settings(
        threads=_number("threading.max_workers"),
        most_chunks=_number("codec_pipeline.chunk_concurrent_maximum"),
        least_chunks=_number("codec_pipeline.chunk_concurrent_minimum"),
        validate_checksums=_flag("codec_pipeline.validate_checksums", otherwise=True),
        direct_io=_flag("codec_pipeline.direct_io", otherwise=False),
        strict=_flag("codec_pipeline.strict", otherwise=False),
    )


def _number(key: str) -> int | None:
    given = config.get(key, None)
    if given is None:
        return None
    try:
        number = -1 if isinstance(given, bool) else as_int(given)
    except TypeError:
        number = -1
    if number < 1:
        raise ValueError(
            f"the configuration key {key} is {shown(given)}; use a number from 1, or None"
        )
    return number


def _flag(key: str, *, otherwise: bool) -> bool:
    given = config.get(key, None)
    if given is None:
        return otherwise
    if given not in (False, True):
        raise ValueError(f"the configuration key {key} is {shown(given)}; use True or False")
    return bool(given)
