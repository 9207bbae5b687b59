"""The codec pipeline of an array with an engine, for callers that bypass the array's methods."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from zarr._engine.pipeline.choice import Chooser
from zarr.crud._document.cache import as_document
from zarr.crud._pipelines.pipeline import BackendPipeline

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from zarr._engine.engines.names import EngineLike
    from zarr.abc.codec import Codec, CodecPipeline
    from zarr.core.metadata import ArrayMetadata
    from zarr.crud._stores.location import Location


class EnginePipeline(BackendPipeline):
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
        self._noted = count

    def __repr__(self) -> str:
        return f"<EnginePipeline engine={self._engine!r}>"

    @classmethod
    def from_codecs(cls, codecs: Iterable[Codec]) -> Self:
        """Refuse: codecs alone do not identify their array."""
        raise NotImplementedError("the pipeline of an engine is made by an array that has one")

    def _plans(self) -> Chooser:
        document = as_document(self._metadata)
        return Chooser(self._engine, document, self._location, self._native)

    def _count(self, name: str) -> None:
        self._noted(name)
