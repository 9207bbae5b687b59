"""The best backend that serves a call, and the log of those that do not."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._stores.batched_store import batch_of, without_batch
from zarr.crud._stores.location import Location
from zarr.crud.backends.declarations import said_of
from zarr.crud.backends.registry import by_preference
from zarr.crud.backends.unavailable import say_unavailable

if TYPE_CHECKING:
    from zarr.crud._document.document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection.basic import Selection
    from zarr.crud.backends.contract import CrudBackend, Operation

_log: Final = logging.getLogger("zarr.crud")


def best(
    document: Document,
    location: Location,
    operation: Operation,
    selection: Selection | None,
    options: Options,
    *,
    otherwise: str | None = None,
    level: int = logging.WARNING,
) -> tuple[CrudBackend | None, dict[str, str]]:
    """Return the first backend by preference that serves, and the reasons of those before it.

    `otherwise` names a path that is preferred to backends of negative preference; these are then
    not asked. Refusals are logged if something else serves. The `level` is below a warning if no
    caller asked for `"auto"` by name.
    """
    batch = batch_of(location.store)
    if batch is not None:
        location = Location(without_batch(location.store), location.path)
        options = batch.options if options is DEFAULT_OPTIONS else options
        # Zarr-python's own path writes at once, so what gathers is preferred to it.
        inner, why = best(document, location, operation, selection, options, level=level)
        return (None if inner is None else batch.backend(inner)), why
    if level >= logging.WARNING:
        say_unavailable()
    reasons: dict[str, str] = {}
    for backend in by_preference():
        if otherwise is not None and backend.preference < 0:
            break
        reason = refusal(backend, document, location, operation, selection, options)
        if reason is None:
            log_refusals(document, location, reasons, backend.name, level)
            return backend, reasons
        reasons[backend.name] = reason
    if otherwise is not None:
        log_refusals(document, location, reasons, otherwise, level)
    return None, reasons


def refusal(
    backend: CrudBackend,
    document: Document,
    location: Location,
    operation: Operation,
    selection: Selection | None,
    options: Options,
) -> str | None:
    """Return why one of several backends does not serve a call; an exception is a reason too."""
    try:
        return backend.supports(document, location, operation, selection, options)
    except Exception as err:  # noqa: BLE001  # it must not stop the others
        return f"it cannot tell whether it serves: {said_of(err)}"


def _said(_: Document) -> set[tuple[str, str, int]]:
    """The messages logged for a document; stored on it, so that they are freed together."""
    return set()


def log_refusals(
    document: Document,
    location: Location,
    reasons: dict[str, str],
    chosen: str,
    level: int = logging.WARNING,
) -> None:
    """Log, once for each document and reason, which engine refuses and which one serves instead."""
    said = document.derive(_said)
    for name, reason in reasons.items():
        if (name, reason, level) not in said:
            said.add((name, reason, level))
            _log.log(
                level,
                "the engine %r does not serve the array at %s: %s; %r serves it",
                name,
                location,
                reason,
                chosen,
            )
