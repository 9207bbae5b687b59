"""Which backends would serve a call, and why the others would not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, get_args

from zarr.crud._arguments import checked_options, wrong_word
from zarr.crud._contract import Operation
from zarr.crud._damage import DetectsDamage, detects_damage
from zarr.crud._document import as_array_document
from zarr.crud._regions import lower
from zarr.crud._registry import get_backend, list_backends
from zarr.crud._selection import Kind
from zarr.crud._store import StoreLike, locate

if TYPE_CHECKING:
    from zarr.crud._document import MetadataLike
    from zarr.crud._options import Options


class Verdict(NamedTuple):
    """Whether a backend serves a call, and if not, why."""

    serves: bool
    reason: str | None
    detects_damage: DetectsDamage = False
    """Whether the codecs notice any damage to stored bytes; a text says where they do.

    `True`: a checksum covers all of a chunk, so that a changed bit is a `DecodeError`, or changes
    no element. `False`: changed bytes can be read as other elements. The same for every backend.
    """


def explain(
    metadata: MetadataLike,
    store: StoreLike,
    selection: Any = None,
    *,
    path: str = "",
    kind: Kind = "basic",
    operation: Operation = "read_region",
    options: Options | None = None,
) -> dict[str, Verdict]:
    """Tell for every backend whether it would serve a call, without any I/O.

    Parameters
    ----------
    metadata, store, selection, path, kind
        As for `read_region`. Without a selection the answer is about contiguous boxes.
    operation : {"read_chunk", "write_chunk", "read_region", "write_region"}
        What would be called.
    options : Options, optional
        How it would be carried out.

    Returns
    -------
    dict of str to Verdict
        By the backends' names. `reason` is what the backend's `UnsupportedError` would say, or
        why it cannot run here. `detects_damage` tells whether the array's codecs notice damage.

    Raises
    ------
    DocumentError
        The document is not valid.
    IndexError
        The selection does not fit the array, whatever the backend.

    Notes
    -----
    Cost: no store request. Backends that can run here are imported.

    Examples
    --------
    >>> import zarr
    >>> metadata = zarr.create_array({}, shape=(7,), chunks=(3,), dtype="i2").metadata
    >>> verdicts = explain(metadata, zarr.storage.MemoryStore(), slice(0, 4))
    >>> verdicts["reference"]
    Verdict(serves=True, reason=None, detects_damage=False)
    """
    for name, word, words in (("operation", operation, Operation), ("kind", kind, Kind)):
        if word not in get_args(words.__value__):
            raise wrong_word(name, word, get_args(words.__value__))
    options = checked_options(options)
    document = as_array_document(metadata)
    location = locate(store, path)
    lowered = None if selection is None else lower(document, selection, kind)
    detects = detects_damage(document, options)
    verdicts = {}
    for name, status in list_backends().items():
        reason = status.reason
        if status.available:
            reason = get_backend(name).supports(document, location, operation, lowered, options)
        verdicts[name] = Verdict(reason is None, reason, detects)
    return verdicts
