"""The backend that serves chunks given to the codec pipeline of an array."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from zarr._engine.calls.choice import Choice
from zarr._engine.options.own_options import as_option
from zarr._engine.options.resolved import options_of
from zarr.crud._errors import UnsupportedError
from zarr.crud._pipelines.chosen import Chosen, Plan
from zarr.crud._pipelines.projections import check_spec, parts_of
from zarr.crud.backends.best import refusal

if TYPE_CHECKING:
    from zarr._engine.engines.names import EngineLike
    from zarr.abc.codec import CodecPipeline
    from zarr.core.array_spec import ArrayConfig, ArraySpec
    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._pipelines.chosen import Missing
    from zarr.crud._pipelines.projections import Projection
    from zarr.crud._selection.basic import Selection
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.contract import Operation


class Chooser(NamedTuple):
    """Chooses for one array: its engine, its document, and the pipeline that zarr made for it."""

    engine: EngineLike
    document: Document
    location: Location
    native: CodecPipeline

    def for_parts(
        self, operation: Operation, batch: list[Projection], drop_axes: tuple[int, ...] = ()
    ) -> Plan | None:
        """Return what serves all parts of a call; `None` if `"auto"` leaves them to zarr.

        There is a part for each chunk: a backend may use only one thread for a call.

        Raises
        ------
        UnsupportedError
            The array's engine was named, and does not serve a part; or zarr's own path would not do
            what was requested.
        """
        spec = batch[0][1]
        try:
            parts = parts_of(self.document, batch, self.location.path)
        except UnsupportedError as err:
            # Logged once, with the same words for every key.
            said = "the request names no chunk of this array"
            self._leave(str(err), operation, spec, said)
            return None
        first = parts[0]
        chosen = self.for_one(
            operation, first.document, first.location, spec, selection=first.selection
        )
        if chosen is None:
            return None
        backend, options, *_ = chosen
        for document, location, selection, _ in parts[1:]:
            # One engine must serve all parts of a call.
            reason = refusal(backend, document, location, operation, selection, options)
            if reason is not None:
                self._leave(reason, operation, spec)
                return None
        return Plan(chosen, parts)

    def for_one(
        self,
        operation: Operation,
        document: Document,
        location: Location,
        spec: ArraySpec,
        *,
        selection: Selection | None = None,
    ) -> Chosen | None:
        """The same for a call of one part."""
        choice = Choice(self.engine, document, location, spec.config, self.native)
        if not choice.is_open(operation, spec.prototype):
            return None
        asked = options_of(spec.config)
        options = replace(asked, missing_chunks="error")
        backend = choice.backend(operation, selection, options)
        return None if backend is None else Chosen(backend, options, _missing(asked, spec.config))

    def for_chunk(self, operation: Operation, document: Document, spec: ArraySpec) -> Chosen | None:
        """The same for a chunk in memory, whose document describes a single chunk."""
        try:
            check_spec(document, spec, spec.shape)
        except UnsupportedError as err:
            self._leave(str(err), operation, spec)
            return None
        return self.for_one(operation, document, self.location, spec)

    def _leave(
        self, refusal: str, operation: Operation, spec: ArraySpec, said: str | None = None
    ) -> None:
        choice = Choice(self.engine, self.document, self.location, spec.config, self.native)
        choice.leave(refusal, operation, said)


def _missing(options: Options, array_config: ArrayConfig) -> Missing:
    asked = options.missing_chunks
    if asked == as_option("missing_chunks", array_config.read_missing_chunks):
        return "tell"
    return "raise" if asked == "error" else "hide"
