"""What serves a call of an array: a backend, or zarr-python's own path under `"auto"`."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from zarr._engine.engines.configured_pipeline import chosen_pipeline
from zarr._engine.engines.names import NATIVE, name_of
from zarr._engine.options.resolved import is_followed_natively, options_of
from zarr.crud._errors import BackendUnavailableError, UnknownBackendError, UnsupportedError
from zarr.crud._pipelines.buffers import foreign_buffers
from zarr.crud.backends.best import best, log_refusals
from zarr.crud.backends.contract import WRITES
from zarr.crud.backends.policy import AUTO, check_kept, choose

if TYPE_CHECKING:
    from zarr._engine.engines.names import EngineLike
    from zarr.abc.codec import CodecPipeline
    from zarr.core.array_spec import ArrayConfig
    from zarr.core.buffer import BufferPrototype
    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Selection
    from zarr.crud._stores.location import Location
    from zarr.crud.backends.contract import CrudBackend, Operation


class Choice(NamedTuple):
    """The inputs of the choice: the array's engine and settings, and the pipeline made by zarr."""

    engine: EngineLike
    document: Document
    location: Location
    config: ArrayConfig
    native: CodecPipeline

    def is_open(self, operation: Operation, prototype: BufferPrototype | None) -> bool:
        """Return whether a backend should be chosen, independent of the selection.

        If not, `"auto"` leaves the call to zarr-python's own path.

        Raises
        ------
        UnsupportedError
            No engine may serve the call, and the engine was named; or zarr-python's own path would
            lose data, or ignore an option.
        """
        refusal = foreign_buffers(prototype)
        if self.engine == AUTO:
            if operation in WRITES:
                check_kept(self.document, self.location)
            refusal = refusal or chosen_pipeline(self.native)
        if refusal is None:
            return True
        self.leave(refusal, operation)
        return False

    def leave(self, refusal: str, operation: Operation, said: str | None = None) -> None:
        """Log why `"auto"` leaves a call to zarr's path, or raise it if that path must not serve.

        `said` is the reason in words that are the same for every such call.
        """
        if not self.may_be_left(operation):
            raise UnsupportedError(
                f"the engine {name_of(self.engine)!r} does not serve this: {refusal}; "
                "open the array without an engine"
            )
        log_refusals(self.document, self.location, {AUTO: said or refusal}, NATIVE)

    def backend(
        self, operation: Operation, selection: Selection | None, options: Options
    ) -> CrudBackend | None:
        """Return the backend that serves; `None` if `"auto"` leaves the call to zarr's path.

        Raises
        ------
        UnsupportedError
            No backend serves, and zarr's path must not.
        """
        document, location = self.document, self.location
        if not self.may_be_left(operation):
            return choose(self.engine, document, location, operation, selection, options)
        return best(document, location, operation, selection, options, otherwise=NATIVE)[0]

    def may_be_left(self, operation: Operation) -> bool:
        """Return whether a call may be left to zarr's path, which must follow the options."""
        return self.engine == AUTO and is_followed_natively(
            options_of(self.config), self.config, operation
        )


def serving(choice: Choice) -> str | None:
    """Return the name of what serves a read of a contiguous box; `None` if it is refused."""
    if choice.engine == NATIVE:
        return NATIVE
    try:
        if not choice.is_open("read_region", None):
            return NATIVE
        backend = choice.backend("read_region", None, options_of(choice.config))
    except (UnsupportedError, UnknownBackendError, BackendUnavailableError):
        return None
    return NATIVE if backend is None else backend.name
