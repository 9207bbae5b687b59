"""The codec pipeline of an array with an engine, for callers that bypass the array's methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Self

from zarr._engine.engines.names import NATIVE
from zarr._engine.pipeline.choice import Chooser
from zarr._engine.pipeline.chunk_codecs import decode_chunk, encode_chunk, single_chunk
from zarr._engine.pipeline.threads import each, narrowed, thread_count
from zarr._engine.pipeline.work import read_parts, write_parts
from zarr.abc.codec import CodecPipeline
from zarr.crud._document.cache import as_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from zarr._engine.engines.names import EngineLike
    from zarr._engine.pipeline.projections import Projection
    from zarr.abc.codec import Codec, GetResult
    from zarr.core.array_spec import ArraySpec
    from zarr.core.buffer import Buffer, NDBuffer
    from zarr.core.metadata import ArrayMetadata
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.contract import Operation


CODECS: Final = frozenset(
    {"array_array_codecs", "array_bytes_codec", "bytes_bytes_codecs", "batch_size"}
)
"""The public attributes of zarr's own pipelines."""


class EnginePipeline(CodecPipeline):
    """Serves chunks by an engine, for the metadata of one array.

    A named engine serves, or its reason is raised. If `"auto"` finds no engine, the call goes to
    `native`, the pipeline that zarr made. `count` receives the name of what served each call.
    """

    def __init__(
        self,
        native: CodecPipeline,
        metadata: ArrayMetadata,
        engine: EngineLike,
        location: Location,
        count: Callable[[str], None],
    ) -> None:
        self._native = native
        self._metadata = metadata
        self._engine = engine
        self._location = location
        self._count = count

    def __eq__(self, other: object) -> bool:
        return isinstance(other, EnginePipeline) and self._native == other._native

    def __hash__(self) -> int:
        return hash(self._native)

    def __iter__(self) -> Iterator[Codec]:
        codecs: Any = self._native
        return iter(codecs)

    def __getattr__(self, name: str) -> Any:
        if name in CODECS:
            return getattr(self._native, name)
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def __repr__(self) -> str:
        return f"<EnginePipeline engine={self._engine!r}>"

    @classmethod
    def from_codecs(cls, codecs: Iterable[Codec]) -> Self:
        """Refuse: codecs alone do not identify their array."""
        raise NotImplementedError("the pipeline of an engine is made by an array that has one")

    def evolve_from_array_spec(self, array_spec: ArraySpec) -> Self:
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
        planned = self._chooser().for_parts("read_region", batch)
        if planned is None:
            self._count(NATIVE)
            return await self._native.read(batch, out, drop_axes)
        chosen, parts = planned
        if chosen is None:
            return ()
        found = await read_parts(chosen, parts, out.as_numpy_array(), drop_axes)
        self._count(chosen.backend.name)
        return found

    async def write(
        self, batch_info: Iterable[Projection], value: NDBuffer, drop_axes: tuple[int, ...] = ()
    ) -> None:
        """Write parts of `value` to parts of chunks; see `CodecPipeline.write`."""
        batch = list(batch_info)
        planned = self._chooser().for_parts("write_region", batch)
        if planned is None:
            self._count(NATIVE)
            await self._native.write(batch, value, drop_axes)
            return
        chosen, parts = planned
        if chosen is not None:
            await write_parts(chosen, parts, value.as_numpy_array(), drop_axes)
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
        """Convert each item except `None`; return `None` if `"auto"` leaves them to zarr."""
        chooser = self._chooser()
        calls: list[tuple[Any, ...]] = []
        for at, (item, spec) in enumerate(items):
            if item is None:
                continue
            one = single_chunk(chooser.document, spec.shape)
            chosen = chooser.for_chunk(operation, one, spec)
            if chosen is None:
                self._count(NATIVE)
                return None
            calls.append((at, chosen, one, item, spec))
        if not calls:
            return [None] * len(items)
        chosen = calls[0][1]
        threads = thread_count(chosen.options, None, len(calls))
        made = await each(
            lambda call: convert(narrowed(call[1], threads), *call[2:]), calls, threads
        )
        self._count(chosen.backend.name)
        found = dict(zip((at for at, *_ in calls), made, strict=True))
        return [found.get(at) for at in range(len(items))]

    def _chooser(self) -> Chooser:
        document = as_document(self._metadata)
        return Chooser(self._engine, document, self._location, self._native)
