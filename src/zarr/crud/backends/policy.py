"""The backend that serves a call: the named one, the configured one, or the best."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from zarr.core.config import config
from zarr.crud._errors import BackendUnavailableError, UnknownBackendError, UnsupportedError
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.batched_store import batch_of, without_batch
from zarr.crud._stores.location import Location
from zarr.crud.backends.best import best
from zarr.crud.backends.engines import checked_engine, refused_name
from zarr.crud.backends.registry import check_runs, get_backend, passed_over

if TYPE_CHECKING:
    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Selection
    from zarr.crud.backends.contract import CrudBackend, Operation

type Engine = str | CrudBackend | None
"""A backend or its name, `"auto"` for the best that serves, or `None` for the configured one.

`"zarr"` means two things. In the configuration, where it is the default, it leaves the choice to
the functions, which take the best that serves. Named in a call it means zarr-python's own codecs,
which the reference runs.
"""

AUTO: Final = "auto"
NATIVE: Final = "zarr"

# Zarr-python's own path has no backend; the reference runs the same codecs.
STANDS_FOR: Final = {NATIVE: "reference"}


def choose(
    engine: Engine,
    document: Document,
    location: Location,
    operation: Operation,
    selection: Selection | None = None,
    options: Options = DEFAULT_OPTIONS,
) -> CrudBackend:
    """Return the backend for a call.

    A named backend serves, or its reason is raised; it is never replaced. `"auto"` takes the first
    by preference that serves, and logs a warning for each refusal, once for each document and
    reason. If no engine was named, the same backend is taken without warnings.

    Raises
    ------
    UnsupportedError
        The named backend, or every backend, refuses.
    UnknownBackendError, BackendUnavailableError
        There is no engine of this name, or it cannot run here.
    TypeError
        The engine is neither a name nor a backend.
    """
    batch = batch_of(location.store)
    if batch is not None:
        location = Location(without_batch(location.store), location.path)
        options = batch.options if options is DEFAULT_OPTIONS else options
        engine = batch.engine if engine is None else engine
        chosen = choose(engine, document, location, operation, selection, options)
        found: CrudBackend = batch.backend(chosen)
        return found
    asked = configured() if engine is None else engine
    # As `named` does, without the call.
    if not isinstance(asked, str):
        backend = checked_engine(asked)
        check_runs(backend)
    elif asked == AUTO or (engine is None and asked == NATIVE):
        return _best(document, location, operation, selection, options, asked=asked)
    else:
        try:
            backend = get_backend(STANDS_FOR.get(asked, asked))
        except (UnknownBackendError, BackendUnavailableError) as err:
            raise refused_name(asked, err) from None
    reason = backend.supports(document, location, operation, selection, options)
    if reason is not None:
        raise UnsupportedError(
            f"the engine {backend.name!r} does not serve {operation} of this array: "
            f"{advised(document, reason, 'choose another engine')}"
        )
    return backend


def advised(document: Document, reason: str, advice: str) -> str:
    """Return a reason with advice; omit the advice if zarr's own path would lose data."""
    from zarr.crud._encoding.unwritable import refused_loss

    return reason if reason == document.derive(refused_loss) else f"{reason}; {advice}"


def configured() -> str | CrudBackend:
    """Return the configured engine, unchecked."""
    # The nested mapping itself: `config.get` costs as much as a small read.
    engine: str | CrudBackend = config.config["array"]["engine"]
    return engine


def backend_for_nodes(engine: Engine) -> CrudBackend:
    """Return the backend for a call that has no array: all backends store the same documents."""
    asked = configured() if engine is None else engine
    return named("reference" if isinstance(asked, str) and asked == AUTO else asked)


def check_served(engine: Engine, document: Document, location: Location) -> None:
    """Refuse to create an array that its named engine cannot read or write.

    For `"auto"`, refuse an array whose data every engine would lose.

    Raises
    ------
    UnsupportedError
        The backend named in the call refuses, or all do because data would be lost.
    """
    if engine is None or (isinstance(engine, str) and engine in STANDS_FOR):
        return
    if document.node_type != "array":
        return
    if isinstance(engine, str) and engine == AUTO:
        check_kept(document, location)
        return
    choose(engine, document, location, "read_region")
    choose(engine, document, location, "write_region")


def check_kept(document: Document, location: Location) -> None:
    """Refuse a write that no engine serves if zarr's own path would silently change elements.

    Raises
    ------
    UnsupportedError
        No engine writes the array, and zarr's own path loses what is written.
    """
    # Imported here, because reads need no encoders.
    from zarr.crud._encoding.unwritable import refused_loss

    reason = document.derive(refused_loss)
    if reason is None:
        return
    backend, _ = best(document, location, "write_region", None, DEFAULT_OPTIONS)
    if backend is None:
        raise UnsupportedError(f"no engine writes the array at {location}: {reason}")


def named(engine: str | CrudBackend) -> CrudBackend:
    """Return the backend of this name, or the backend itself."""
    if not isinstance(engine, str):
        backend = checked_engine(engine)
        check_runs(backend)
        return backend
    try:
        return get_backend(STANDS_FOR.get(engine, engine))
    except (UnknownBackendError, BackendUnavailableError) as err:
        raise refused_name(engine, err) from None


def _best(
    document: Document,
    location: Location,
    operation: Operation,
    selection: Selection | None,
    options: Options,
    *,
    asked: str,
) -> CrudBackend:
    level = logging.WARNING if asked == AUTO else logging.DEBUG
    backend, reasons = best(document, location, operation, selection, options, level=level)
    if backend is not None:
        return backend
    reasons |= passed_over()
    listed = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    raise UnsupportedError(f"no engine serves {operation} of this array ({listed})")
