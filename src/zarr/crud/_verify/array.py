"""The checks of one array, from its sizes to its elements."""

from __future__ import annotations

import os
from itertools import islice
from math import prod
from typing import TYPE_CHECKING, Final

from zarr.crud._archives.chunk_names import name_writer
from zarr.crud._archives.shard_index import index_nbytes
from zarr.crud._document.shards import sharding_of, subchunk_shape
from zarr.crud._errors import CrudError, DecodedSizeError, DecodeError, UnsupportedError
from zarr.crud._layout.fixed_sizes import fixed_size
from zarr.crud._layout.stored_shards import stored_shards, why_unread
from zarr.crud._repack.bar import Count
from zarr.crud._stores.file_locks import ABSENT
from zarr.crud._stores.unsized_keys import UNKNOWN
from zarr.crud._verify.blocks import places_in
from zarr.crud._verify.decode import Decoder
from zarr.crud._verify.digest import all_equal, digest_of
from zarr.crud._verify.numbers import numbers_of
from zarr.crud.backends.direct import direct_location
from zarr.crud.backends.policy import choose

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from zarr.crud._options import Options
    from zarr.crud._stores.location import Location
    from zarr.crud._verify.decode import Failure, Index
    from zarr.crud._verify.findings import Findings, Kind
    from zarr.crud._verify.levels import Level
    from zarr.crud._verify.ownership import Contents
    from zarr.crud.backends.policy import Engine

NAMED: Final = 10
"""The most missing chunks, or damaged subchunks, that a message names."""

TRIED: Final = 4096
"""The most subchunks of a damaged shard that are decoded one by one."""


class ArrayCheck:
    """Checks one array, level by level."""

    def __init__(
        self,
        contents: Contents,
        location: Location,
        findings: Findings,
        options: Options,
        count: Count | None = None,
        folder: Path | None = None,
    ) -> None:
        """`folder` is where the values are files, if their sizes are unknown."""
        self._contents, self._location, self._findings = contents, location, findings
        self._options, self._count = options, count or Count(0, None)
        self._folder = folder
        self._told: set[Index] = set()
        self._document, self._path = contents.document, contents.node.path
        self.total = prod(self._document.chunk_grid.shape)
        self._faulty: set[Index] = set()
        self._is_skipped = False
        self._undecoded: set[Index] = set()
        # Their size or index cannot be read.
        self._unread: set[Index] = set()

    @property
    def checked(self) -> int:
        """How many chunks were checked and have no error."""
        return 0 if self._is_skipped else len(self._contents.chunks.keys() - self._faulty)

    def tell(self, chunks: Iterable[Index] | None = None) -> None:
        """Say that the work on some chunks is done, or on all."""
        if not self._count.is_told:
            return
        stored = self._contents.chunks
        # Of a large shard, the first part counts.
        new = set(stored if chunks is None else chunks) - self._told
        if new:
            self._told |= new
            self._count.add(self._path, len(new), sum(stored.get(index, 0) for index in new))

    def up_to(self, level: Level, engine: Engine, *, digest: bool) -> str | None:
        """Check at a level and those below it; return the digest, as `chunks` does."""
        if self._folder is not None and sharding_of(self._document.array) is None:
            # Whoever decodes a value knows its size.
            made = self.chunks(engine, digest=digest)
            self._measure(list(self._contents.chunks))
            self.sizes()
        else:
            self._measure(list(self._contents.chunks))
            self.sizes()
            if level != "list":
                self.indexes(engine, counts=level == "index")
            made = self.chunks(engine, digest=digest) if level == "decode" else None
        self.tell()
        return made

    def _measure(self, indices: Iterable[Index]) -> None:
        """Ask for the sizes of values that are unknown; forget sound chunks that are gone."""
        if self._folder is None:
            return
        name_of, chunks = name_writer(self._document), self._contents.chunks
        for index in indices:
            if chunks.get(index) != UNKNOWN:
                continue
            try:
                chunks[index] = os.stat(f"{self._folder}/{name_of(index)}").st_size  # noqa: PTH116
            except OSError as err:
                is_faulty = index in self._faulty
                if isinstance(err, ABSENT) and not is_faulty:
                    del chunks[index]
                    continue
                # A chunk with an error stays listed, also if it is gone meanwhile.
                chunks[index] = 0
                self._unread.add(index)
                if not is_faulty:
                    self._unreadable(index, err)

    def add(self, kind: Kind, index: Index, message: str) -> None:
        """Add a finding about a stored chunk."""
        name = self._document.array.encode_chunk_key(index)
        key = f"{self._path}/{name}" if self._path else name
        self._findings.add(kind, self._path, message, key=key, index=index)
        if kind != "dead-bytes":
            self._faulty.add(index)

    def _unreadable(self, index: Index, error: Exception) -> None:
        self.add("unreadable", index, f"the store raised {type(error).__name__}: {error}")

    def sizes(self) -> None:
        """Compare the sizes of values with what the codecs make; count the missing chunks."""
        document, chunks = self._document, self._contents.chunks
        shape = document.chunk_shape
        common = None if shape is None else fixed_size(document, shape)
        for index, size in chunks.items():
            if index in self._unread:
                continue
            wanted = self._fixed_size(index) if shape is None else common
            if wanted is not None and size != wanted:
                kind: Kind = "truncated" if size < wanted else "oversized"
                self.add(kind, index, f"the value has {size} bytes, and its codecs make {wanted}")
            elif size == 0 and wanted is None:
                self.add("truncated", index, "the value has no bytes")
        missing = self.total - len(chunks)
        if missing:
            named = ", ".join(str(list(one)) for one in islice(self.missing(), NAMED))
            more = ", …" if missing > NAMED else ""
            text = (
                f"{missing} of {self.total} chunks are not stored, and read as the fill value: "
                f"{named}{more}"
            )
            self._findings.add("missing-chunks", self._path, text)

    def _fixed_size(self, index: Index) -> int | None:
        return fixed_size(self._document, self._document.chunk_shape_at(index))

    def missing(self) -> Iterator[Index]:
        """Yield the chunks that are not stored, in order; there may be any number."""
        shape, chunks = self._document.chunk_grid.shape, self._contents.chunks
        return (index for index in places_in(shape) if index not in chunks)

    def indexes(self, engine: Engine, *, only_short: bool = False, counts: bool = False) -> None:
        """Check the index of each shard; or only, without a request, whether it fits the value.

        `counts` says that a shard is done then.
        """
        reason = why_unread(self._document)
        if reason is not None:
            self._findings.add("not-checked", self._path, reason)
        location, chunks = direct_location(self._location, engine), self._contents.chunks
        if only_short and reason is None and sharding_of(self._document.array) is not None:
            chunks = {i: n for i, n in chunks.items() if n < index_nbytes(self._document, i)}
        if self._unread:
            chunks = {i: n for i, n in chunks.items() if i not in self._unread}
        for shard in stored_shards(self._document, location, chunks):
            for kind, message in shard.faults:
                self.add(kind, shard.chunk, message)
                if kind == "damaged-index":
                    self._unread.add(shard.chunk)
            if shard.dead_nbytes > 0:
                text = f"{shard.dead_nbytes} bytes of the shard belong to no subchunk"
                self.add("dead-bytes", shard.chunk, text)
            if counts:
                self.tell([shard.chunk])

    def chunks(self, engine: Engine, *, digest: bool) -> str | None:
        """Decode each stored chunk; return the digest, if it is wanted and all of them decode."""
        document = self._document
        try:
            backend = choose(engine, document, self._location, "read_region", None, self._options)
        except UnsupportedError as err:
            self._findings.add("not-checked", self._path, str(err))
            self._is_skipped = True
            return None
        subchunk = subchunk_shape(document.array)
        fill = int(numbers_of(document.fill_element)[0]) if digest else None
        given = (backend, document, self._location, self._options, subchunk, fill)
        decoder = Decoder(*given)
        # No subchunk is found without an index, and a document may claim any number of them.
        lanes, is_whole = [0, 0], not self._unread
        if 0 not in document.shape:
            for outcome in decoder.outcomes(
                [index for index in self._contents.chunks if index not in self._unread]
            ):
                lanes = [lane + one for lane, one in zip(lanes, outcome.sums, strict=True)]
                for failure in outcome.failures:
                    is_whole = False
                    self._failed(failure, decoder)
                if self._folder is not None:
                    self._contents.chunks.update(outcome.sizes)
                    if len(outcome.sizes) < len(outcome.chunks):
                        self._measure(outcome.chunks)
                self.tell(outcome.chunks)
        if fill is None or not is_whole:
            return None
        filled = all_equal(fill, document.shape)
        one, other = ((a + b) % 2**64 for a, b in zip(lanes, filled, strict=True))
        return digest_of(document, (one, other))

    def _failed(self, failure: Failure, decoder: Decoder) -> None:
        index, error = failure.part.chunks[0], failure.error
        if index in self._undecoded:
            # Another part of a large shard.
            return
        self._undecoded.add(index)
        if isinstance(error, (DecodedSizeError, UnsupportedError, MemoryError)):
            self.add("not-checked", index, str(error) or type(error).__name__)
        elif isinstance(error, CrudError):
            self.add("undecodable", index, f"{error}{self._where(failure, decoder)}")
        else:
            self._unreadable(index, error)

    def _where(self, failure: Failure, decoder: Decoder) -> str:
        """Which subchunks of a damaged shard do not decode, if others do."""
        if not isinstance(failure.error, DecodeError):
            return ""
        damaged = decoder.damaged_subchunks(failure.part.chunks[0], TRIED)
        if not damaged:
            return ""
        named = ", ".join(map(str, damaged[:NAMED])) + (", …" if len(damaged) > NAMED else "")
        return f" ({len(damaged)} subchunks of the shard: {named})"
