"""Which backends would serve a call, and why the others would not."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from zarr.crud._arguments import checked_options, is_word, wrong_word
from zarr.crud._document.cache import as_array_document
from zarr.crud._document.lower import lower
from zarr.crud._document.origins import locate_node
from zarr.crud._encoding.damage import DetectsDamage, detects_damage
from zarr.crud._errors import BackendUnavailableError
from zarr.crud._selection.basic import Kind
from zarr.crud._stores.batched_location import unbatched
from zarr.crud._stores.urls import named_store
from zarr.crud.backends.best import refusal
from zarr.crud.backends.contract import Operation
from zarr.crud.backends.engines import checked_engine
from zarr.crud.backends.policy import AUTO, configured, named
from zarr.crud.backends.registry import backend_or_reason, list_backends

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.crud._document.document import MetadataLike
    from zarr.crud._options import Options
    from zarr.crud._stores.location import StoreLike
    from zarr.crud.backends.contract import CrudBackend
    from zarr.crud.backends.policy import Engine


class Verdict(NamedTuple):
    """Whether a backend serves a call, and if not, why not."""

    serves: bool
    reason: str | None
    detects_damage: DetectsDamage = False
    """Whether the codecs detect damage to stored bytes; a text says in which parts they do.

    `True`: a checksum covers the whole chunk, so a changed bit raises `DecodeError` or changes
    no element. `False`: changed bytes can read as wrong elements. The same for every backend.
    """
    store: str | None = None
    """How the backend reaches the store: natively, or through Python and why; `None` if it does not
    say. It does not depend on whether the backend serves the call.
    """
    chunk_cache: str | None = None
    """With `Options.chunk_cache`: `"used"`, or `"not used"` and why. `None` without the option."""


def explain(
    metadata: MetadataLike,
    store: StoreLike,
    selection: Any = None,
    *,
    path: str | None = None,
    storage_options: Mapping[str, Any] | None = None,
    kind: Kind = "basic",
    operation: Operation = "read_region",
    engine: Engine = None,
    options: Options | None = None,
) -> dict[str, Verdict]:
    """Say for every backend whether it would serve a call, without any I/O.

    Parameters
    ----------
    metadata, store, selection, path, storage_options, kind
        As for `read_region`. Without a selection the answer is about contiguous boxes.
    operation : {"read_chunk", "write_chunk", "read_region", "write_region"}
        The call in question.
    engine : CrudBackend, optional
        A backend object to include besides the registered ones; it replaces a registered backend
        of the same name. By default the object in `zarr.config["array.engine"]`, if that is not a
        name. A name adds nothing.
    options : Options, optional
        How the call would run.

    Returns
    -------
    dict of str to Verdict
        By the backends' names. `reason` is the message of the backend's `UnsupportedError`, or
        why it cannot run here. `detects_damage` says whether the array's codecs detect damage,
        and `store` how the backend reaches the store.
        Calls without an engine, and with `"auto"`, use the backend with the highest preference that
        serves; "reference" is the last of those, and "zarrista" must be named. Arrays with `"auto"`
        prefer zarr-python's own path to "reference".

    Raises
    ------
    DocumentError
        The document is not valid.
    IndexError
        The selection does not fit the array, whatever the backend.
    UnknownBackendError
        There is no engine of this name.
    TypeError
        An argument has the wrong type; the message names it.

    Notes
    -----
    Cost: no store request. Backends that can run here are imported.

    Examples
    --------
    >>> import zarr
    >>> metadata = zarr.create_array({}, shape=(7,), chunks=(3,), dtype="i2").metadata
    >>> verdicts = explain(metadata, zarr.storage.MemoryStore(), slice(0, 4))
    >>> verdicts["reference"]
    Verdict(serves=True, reason=None, detects_damage=False, store=None, chunk_cache=None)
    >>> verdicts["zarrs"].store
    'through Python: MemoryStore is not a store that the extension knows'
    """
    for name, word, words in (("operation", operation, Operation), ("kind", kind, Kind)):
        if not is_word(word, get_args(words.__value__)):
            raise wrong_word(name, word, get_args(words.__value__))
    options = checked_options(options)
    document = as_array_document(metadata)
    store = named_store(store, storage_options)
    location = unbatched(locate_node(document, store, path))
    lowered = None if selection is None else lower(document, selection, kind)
    detects = detects_damage(document, options)
    asked = {name: backend_or_reason(name) for name in list_backends()} | _given(engine)
    verdicts = {}
    for name, backend in sorted(asked.items()):
        if isinstance(backend, str):
            reason: str | None = backend
            access = cached = None
        else:
            reason = refusal(backend, document, location, operation, lowered, options)
            access = backend.store_access(location.store)
            asks = options.chunk_cache > 0
            cached = backend.chunk_cache_use(document, location, options) if asks else None
        verdicts[name] = Verdict(reason is None, reason, detects, access, cached)
    return verdicts


def _given(engine: Engine) -> dict[str, CrudBackend | str]:
    """The backend object, or why it cannot run here. A name is only checked."""
    asked = configured() if engine is None else engine
    if not isinstance(asked, str):
        backend = checked_engine(asked)
        return {backend.name: type(backend).unavailable() or backend}
    if engine is not None and asked != AUTO:
        with suppress(BackendUnavailableError):
            named(asked)
    return {}
