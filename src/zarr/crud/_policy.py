"""Which backend serves a call: the one that was named, the configured one, or the best."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from zarr.core.config import config
from zarr.crud._errors import UnsupportedError
from zarr.crud._options import DEFAULT_OPTIONS
from zarr.crud._registry import by_preference, get_backend

if TYPE_CHECKING:
    from zarr.crud._contract import CrudBackend, Operation
    from zarr.crud._document import Document
    from zarr.crud._options import Options
    from zarr.crud._selection import Selection
    from zarr.crud._store import Location

type Engine = str | None
"""The name of a backend, `"auto"` for the best that serves, or `None` for the configured one."""

AUTO: Final = "auto"

# Zarr-python's own path has no backend; the reference runs the same codecs.
STANDS_FOR: Final = {"zarr": "reference"}

_log = logging.getLogger("zarr.crud")


def choose(
    engine: Engine,
    document: Document,
    location: Location,
    operation: Operation,
    selection: Selection | None = None,
    options: Options = DEFAULT_OPTIONS,
) -> CrudBackend:
    """Return the backend for a call.

    A named backend serves, or its reason is raised; no other takes its place. `"auto"` is the
    first by preference that serves, and what the others said is logged once for each document
    and reason.

    Raises
    ------
    UnsupportedError
        The named backend, or every one, refuses.
    """
    # The nested mapping itself: `config.get` costs as much as a small read.
    name = config.config["array"]["engine"] if engine is None else engine
    name = STANDS_FOR.get(name, name)
    if name == AUTO:
        return _best(document, location, operation, selection, options)
    backend = get_backend(name)
    reason = backend.supports(document, location, operation, selection, options)
    if reason is not None:
        raise UnsupportedError(
            f"the engine {name!r} does not serve {operation} of this array: {reason}; "
            "choose another engine"
        )
    return backend


def backend_for_nodes(engine: Engine) -> CrudBackend:
    """Return the backend for a call that has no array: documents are the same to all."""
    name = config.config["array"]["engine"] if engine is None else engine
    return get_backend("reference" if name in (AUTO, "zarr") else name)


def _best(
    document: Document,
    location: Location,
    operation: Operation,
    selection: Selection | None,
    options: Options,
) -> CrudBackend:
    reasons: dict[str, str] = {}
    for backend in by_preference():
        reason = backend.supports(document, location, operation, selection, options)
        if reason is None:
            for other, why in reasons.items():
                _say_once(document, location, other, why, backend.name)
            return backend
        reasons[backend.name] = reason
    listed = "; ".join(f"{name}: {reason}" for name, reason in reasons.items())
    raise UnsupportedError(f"no engine serves {operation} of this array ({listed})")


def _said(_: Document) -> set[tuple[str, str]]:
    """What was logged for a document; kept with it, so that it goes when the document does."""
    return set()


def _say_once(document: Document, location: Location, name: str, reason: str, chosen: str) -> None:
    said = document.derive(_said)
    if (name, reason) not in said:
        said.add((name, reason))
        _log.warning(
            "the engine %r does not serve the array at %s: %s; %r serves it",
            name,
            location,
            reason,
            chosen,
        )
