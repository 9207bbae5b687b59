"""Which backend serves chunks that arrive at the codec pipeline of an array."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from zarr._engine._call import NATIVE_PATH, foreign_buffers, options_of
from zarr._engine._chosen_pipeline import chosen_pipeline
from zarr._engine._names import name_of
from zarr._engine._projections import parts_of
from zarr.crud._contract import WRITES
from zarr.crud._errors import UnsupportedError
from zarr.crud._policy import AUTO, best, check_kept, choose, log_refusals
from zarr.crud._store import Location

if TYPE_CHECKING:
    from zarr._engine._names import EngineLike
    from zarr._engine._projections import Part, Projection
    from zarr.abc.codec import CodecPipeline
    from zarr.core.array_spec import ArraySpec
    from zarr.crud._contract import CrudBackend, Operation
    from zarr.crud._document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection import Selection


class Chosen(NamedTuple):
    """What serves a call, and how."""

    backend: CrudBackend
    options: Options


class Chooser(NamedTuple):
    """Chooses for one array: its engine, its document, and the pipeline that zarr made for it."""

    engine: EngineLike
    document: Document
    native: CodecPipeline

    def for_parts(
        self, operation: Operation, batch: list[Projection]
    ) -> tuple[Chosen | None, list[Part]] | None:
        """Return what serves all parts of a call; `None` where `"auto"` leaves them to zarr.

        Nothing serves a call that has no parts.

        Raises
        ------
        UnsupportedError
            The array's engine was named, and does not serve one of them.
        """
        if not batch:
            return None, []
        place, spec, *_ = batch[0]
        try:
            parts = parts_of(self.document, batch)
        except UnsupportedError as refusal:
            location = Location(place.store, place.path) if hasattr(place, "store") else None
            self._leave(str(refusal), location)
            return None
        chosen = None
        for part in parts:
            found = self.for_one(
                operation, part.document, part.location, spec, selection=part.selection
            )
            if found is None:
                return None
            # One engine serves a call: of several that could, the first one.
            chosen = chosen or found
        return chosen, parts

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
        # Upstream raises for missing chunks itself, once it is told which they are.
        options = replace(options_of(spec.config), missing_chunks="error")
        refusal = foreign_buffers(spec.prototype)
        if self.engine == AUTO:
            if operation in WRITES:
                check_kept(document, location)
            refusal = refusal or chosen_pipeline(self.native)
        if refusal is not None:
            self._leave(refusal, location)
            return None
        if self.engine != AUTO:
            backend = choose(self.engine, document, location, operation, selection, options)
            return Chosen(backend, options)
        found, _ = best(document, location, operation, selection, options, otherwise=NATIVE_PATH)
        return None if found is None else Chosen(found, options)

    def _leave(self, refusal: str, location: Location | None) -> None:
        """Say why `"auto"` leaves a call to zarr, or raise that to who named an engine."""
        if self.engine != AUTO:
            raise UnsupportedError(
                f"the engine {name_of(self.engine)!r} does not serve this: {refusal}; "
                "open the array without an engine"
            )
        if location is not None:
            log_refusals(self.document, location, {AUTO: refusal}, NATIVE_PATH)
