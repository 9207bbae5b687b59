"""What serves a call of the codec pipeline: the engine, or zarr's own pipeline, and why."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final, NamedTuple

from zarr.crud._errors import BackendUnavailableError, UnsupportedError
from zarr.crud._pipelines.buffers import foreign_buffers
from zarr.crud._pipelines.chosen import Chosen, Plan
from zarr.crud._pipelines.joined import planned
from zarr.crud._pipelines.projections import check_spec
from zarr.crud._selection.basic import Points
from zarr.crud._stores.batched_store import batch_of
from zarr.crud.backends.best import refusal
from zarr.crud.backends.policy import choose
from zarr.zarrs._backend import ZarrsBackend
from zarr.zarrs._extension import counters
from zarr.zarrs._pipeline.errors import UnsupportedMetadataError, UnsupportedVIndexingError
from zarr.zarrs._pipeline.left import leave

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zarr.core.array_spec import ArraySpec
    from zarr.crud._document.document import Document
    from zarr.crud._pipelines.projections import Projection
    from zarr.crud._selection.basic import Selection
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.contract import CrudBackend, Operation
    from zarr.zarrs._pipeline.settings import Settings

NO_CHUNK: Final = "a request is not for chunks of this array as its metadata describes them"


class ArrayPlans(NamedTuple):
    """Chooses for one array; the `location` is where a previous call has found it."""

    document: Document
    location: Location
    settings: Settings

    def for_parts(
        self, operation: Operation, batch: list[Projection], drop_axes: tuple[int, ...]
    ) -> Plan | None:
        """Return what serves all parts of a call; `None` if zarr's own pipeline does.

        Raises
        ------
        UnsupportedMetadataError, UnsupportedVIndexingError
            The engine does not serve the call, in strict mode.
        """
        document, settings = self.document, self.settings
        at_a_time = settings.chunks_at_a_time(document)
        try:
            parts, is_joined = planned(document, batch, self.location.path, drop_axes, at_a_time)
        except UnsupportedError as err:
            self._leave(UnsupportedVIndexingError(str(err)), self.location, NO_CHUNK)
            return None
        spec = batch[0][1]
        selected = ((part.document, part.selection) for part in parts)
        chosen = self._chosen(operation, parts[0].location, selected, spec)
        if chosen is None:
            return None
        is_together = not is_joined and (at_a_time is None or len(batch) <= at_a_time)
        chosen = chosen._replace(is_together=is_together and len(batch) > 1)
        is_one_call = is_joined or chosen.is_together
        if is_one_call and len(batch) > 1 and spec.config.read_missing_chunks:
            # Zarr takes note of missing chunks only if they are errors.
            options = settings.options(
                document, write_empty_chunks=spec.config.write_empty_chunks, missing_chunks="fill"
            )
            chosen = chosen._replace(options=options, missing_count=_missing_count)
        return Plan(chosen, parts, is_joined)

    def for_chunk(self, operation: Operation, document: Document, spec: ArraySpec) -> Chosen | None:
        """The same for a chunk in memory, whose document describes a single chunk."""
        try:
            check_spec(document, spec, spec.shape)
        except UnsupportedError as err:
            self._leave(UnsupportedVIndexingError(str(err)), self.location, NO_CHUNK)
            return None
        return self._chosen(operation, self.location, [(document, None)], spec)

    def _chosen(
        self,
        operation: Operation,
        location: Location,
        selected: Iterable[tuple[Document, Selection | None]],
        spec: ArraySpec,
    ) -> Chosen | None:
        """Return what serves all selections of an array."""
        settings = self.settings
        options = settings.options(
            self.document,
            write_empty_chunks=spec.config.write_empty_chunks,
            in_memory=operation in ("read_chunk", "write_chunk"),
        )
        refused = foreign_buffers(spec.prototype)
        try:
            backend: CrudBackend = engine()
            if batch_of(location.store) is not None:
                backend = choose(backend, self.document, location, operation, None, options)
        except (BackendUnavailableError, UnsupportedError) as err:
            refused = str(err)
        if refused is not None:
            self._leave(UnsupportedMetadataError(refused), location, refused)
            return None
        for document, selection in selected:
            refused = refusal(backend, document, location, operation, selection, options)
            if refused is not None:
                kind = (
                    UnsupportedVIndexingError
                    if isinstance(selection, Points)
                    else UnsupportedMetadataError
                )
                self._leave(kind(refused), location, refused)
                return None
        return Chosen(backend, options, "tell", settings.chunks_at_a_time(self.document))

    def _leave(self, error: UnsupportedError, location: Location, reason: str) -> None:
        leave(error, location, reason, strict=self.settings.strict)


@cache
def engine() -> ZarrsBackend:
    """Return the engine, also where no entry point declares it.

    Raises
    ------
    BackendUnavailableError
        Its extension is not installed.
    """
    reason = ZarrsBackend.unavailable()
    if reason is not None:
        raise BackendUnavailableError(f"the engine 'zarrs' cannot run here: {reason}")
    return ZarrsBackend()


def _missing_count() -> int:
    return counters()["chunks_missing"]
