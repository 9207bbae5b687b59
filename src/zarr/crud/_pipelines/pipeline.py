"""Codec pipelines whose chunks a backend reads, writes, decodes and encodes."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, Final, Protocol

from zarr.abc.codec import CodecPipeline
from zarr.crud._pipelines.chunk_codecs import decode_chunk, encode_chunk, single_chunk
from zarr.crud._pipelines.projections import parts_of
from zarr.crud._pipelines.threads import each, narrowed, thread_count
from zarr.crud._pipelines.work import (
    fits,
    read_joined,
    read_parts,
    read_together,
    write_parts,
    write_together,
)
from zarr.crud.backends.policy import NATIVE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from zarr.abc.codec import Codec, GetResult
    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer, NDBuffer
    from zarr.crud._document.document import Document
    from zarr.crud._pipelines.chosen import Chosen, Plan
    from zarr.crud._pipelines.projections import Projection
    from zarr.crud.backends.contract import Operation


CODECS: Final = frozenset(
    {"array_array_codecs", "array_bytes_codec", "bytes_bytes_codecs", "batch_size"}
)
"""The public attributes of zarr's own pipelines."""


class Plans(Protocol):
    """Chooses what serves the calls of a pipeline; `None` leaves a call to zarr's own pipeline."""

    @property
    def document(self) -> Document:
        """The document of the array."""

    def for_parts(
        self, operation: Operation, batch: list[Projection], drop_axes: tuple[int, ...]
    ) -> Plan | None:
        """Choose for parts of chunks."""

    def for_chunk(self, operation: Operation, document: Document, spec: ArraySpec) -> Chosen | None:
        """Choose for a chunk in memory, whose document describes a single chunk."""


class BackendPipeline(CodecPipeline):
    """A codec pipeline over a backend, and zarr's own pipeline for what is left to it."""

    _native: CodecPipeline

    @abstractmethod
    def _plans(self) -> Plans | None:
        """Return what chooses for one call; `None` leaves it to zarr's own pipeline."""

    def _count(self, name: str) -> None:
        """Note what has served a call: the name of a backend, or `"zarr"`."""

    def _found(self, path: str) -> None:
        """Note the path at which a call has found the array."""

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and self._native == other._native

    def __hash__(self) -> int:
        return hash(self._native)

    def __iter__(self) -> Iterator[Codec]:
        codecs: Any = self._native
        return iter(codecs)

    def __getattr__(self, name: str) -> Any:
        if name in CODECS:
            return getattr(self._native, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Any:
        """Return this pipeline: its metadata is complete."""
        return self

    @property
    def supports_partial_decode(self) -> bool:
        """Return the value of zarr's pipeline."""
        return self._native.supports_partial_decode

    @property
    def supports_partial_encode(self) -> bool:
        """Return the value of zarr's pipeline."""
        return self._native.supports_partial_encode

    def validate(self, **parts: Any) -> None:
        """Check the codecs as zarr does."""
        self._native.validate(**parts)

    def compute_encoded_size(self, byte_length: int, array_spec: ArraySpec) -> int:
        """Return the size that zarr computes."""
        return self._native.compute_encoded_size(byte_length, array_spec)

    async def read(
        self, batch_info: Iterable[Projection], out: NDBuffer, drop_axes: tuple[int, ...] = ()
    ) -> tuple[GetResult, ...]:
        """Read parts of chunks into `out`; see `CodecPipeline.read`."""
        batch = list(batch_info)
        if not batch:
            return ()
        plans = self._plans()
        plan = None if plans is None else plans.for_parts("read_region", batch, drop_axes)
        if plans is None or plan is None:
            self._count(NATIVE)
            return await self._native.read(batch, out, drop_axes)
        chosen, parts, is_joined = plan
        self._found(parts[0].location.path)
        memory = out.as_numpy_array()
        found = None
        if is_joined:
            found = await read_joined(chosen, parts[0], memory, batch)
            if found is None:
                parts = parts_of(plans.document, batch, parts[0].location.path)
        elif chosen.is_together:
            found = await read_together(chosen, parts, memory, drop_axes, batch)
        if found is None:
            found = await read_parts(chosen, parts, memory, drop_axes)
        self._count(chosen.backend.name)
        return found

    async def write(
        self, batch_info: Iterable[Projection], value: NDBuffer, drop_axes: tuple[int, ...] = ()
    ) -> None:
        """Write parts of `value` to parts of chunks; see `CodecPipeline.write`."""
        batch = list(batch_info)
        if not batch:
            return
        plans = self._plans()
        plan = None if plans is None else plans.for_parts("write_region", batch, drop_axes)
        if plans is None or plan is None:
            self._count(NATIVE)
            await self._native.write(batch, value, drop_axes)
            return
        chosen, parts, is_joined = plan
        self._found(parts[0].location.path)
        values = value.as_numpy_array()
        if is_joined and not fits(values, parts[0]):
            # Whether zarr broadcasts it, or raises, is decided chunk by chunk.
            parts, is_joined = parts_of(plans.document, batch, parts[0].location.path), False
        if chosen.is_together and not is_joined:
            await write_together(chosen, parts, values, drop_axes, batch)
        else:
            await write_parts(chosen, parts, values, () if is_joined else drop_axes)
        self._count(chosen.backend.name)

    async def decode(
        self, chunk_bytes_and_specs: Iterable[tuple[Buffer | None, ArraySpec]]
    ) -> Iterable[NDBuffer | None]:
        """Decode chunks; see `CodecPipeline.decode`."""
        items = list(chunk_bytes_and_specs)
        found = await self._convert("read_chunk", items, decode_chunk)
        return await self._native.decode(items) if found is None else found

    async def encode(
        self, chunk_arrays_and_specs: Iterable[tuple[NDBuffer | None, ArraySpec]]
    ) -> Iterable[Buffer | None]:
        """Encode chunks; see `CodecPipeline.encode`."""
        items = list(chunk_arrays_and_specs)
        found = await self._convert("write_chunk", items, encode_chunk)
        return await self._native.encode(items) if found is None else found

    async def _convert(
        self, operation: Operation, items: list[tuple[Any, ArraySpec]], convert: Callable[..., Any]
    ) -> list[Any] | None:
        """Convert each item except `None`; return `None` if zarr's pipeline must do it."""
        plans = self._plans()
        if plans is None:
            self._count(NATIVE)
            return None
        calls: list[tuple[Any, ...]] = []
        for at, (item, spec) in enumerate(items):
            if item is None:
                continue
            one = single_chunk(plans.document, spec.shape)
            chosen = plans.for_chunk(operation, one, spec)
            if chosen is None:
                self._count(NATIVE)
                return None
            calls.append((at, chosen, one, item, spec))
        if not calls:
            return [None] * len(items)
        chosen = calls[0][1]
        threads = thread_count(chosen.options, None, len(calls), chosen.at_a_time)
        made = await each(
            lambda call: convert(narrowed(call[1], threads), *call[2:]), calls, threads
        )
        self._count(chosen.backend.name)
        found = dict(zip((at for at, *_ in calls), made, strict=True))
        return [found.get(at) for at in range(len(items))]
