"""Every verb that takes a document and a path, as a call on one chunk of an array."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import numpy as np

import zarr
from zarr import crud
from zarr.crud._stores.location import get, locate
from zarr.crud._stores.trees import list_keys

if TYPE_CHECKING:
    from zarr.abc.store import Store

VALUES: Final = np.arange(1, 36, dtype="i2").reshape(7, 5)

READS: Final[dict[str, tuple[Any, ...]]] = {
    "read_region": ((slice(1, 3), 4),),
    "read_chunk": ((0, 2),),
    "read_subchunk": ((0, 2),),
    "read_encoded_chunk": ((0, 2),),
    "list_chunks": (),
}
WRITES: Final[dict[str, tuple[Any, ...]]] = {
    "write_region": ((0, 4), 9),
    "write_chunk": ((0, 2), 9),
    "write_encoded_chunk": ((0, 2), b"x"),
    "delete_chunk": ((0, 2),),
}
WITHOUT_ENGINE: Final = {"read_encoded_chunk", "list_chunks", "write_encoded_chunk", "delete_chunk"}

LAYOUTS: Final[dict[str, dict[str, Any]]] = {
    "2": {"zarr_format": 2, "chunks": (3, 2)},
    "3": {"zarr_format": 3, "chunks": (3, 2)},
    "shards": {"zarr_format": 3, "chunks": (3, 2), "shards": (6, 2)},
}
DOCUMENTS: Final = {"2": ".zarray", "3": "zarr.json", "shards": "zarr.json"}


def hierarchy(store: Store, layout: str) -> None:
    """Store the values as `g/a`, and larger ones as `g/b`."""
    members: dict[str, Any] = {"compressors": None, **LAYOUTS[layout]}
    for name, values in (("g/a", VALUES), ("g/b", VALUES + 100)):
        zarr.create_array(store, name=name, data=values, **members)


def of_layout(verbs: dict[str, tuple[Any, ...]], layout: str) -> list[str]:
    """The verbs that serve arrays of a layout."""
    return [verb for verb in verbs if verb != "read_subchunk" or layout == "shards"]


def call(
    verb: str,
    document: Any,
    store: Any,
    engine: str | None = None,
    *,
    twin: bool = False,
    **more: Any,
) -> Any:
    """Call a verb, or its asynchronous variant, on the chunk at the upper right."""
    if engine is not None and verb not in WITHOUT_ENGINE:
        more["engine"] = engine
    function = getattr(crud, f"{verb}_async" if twin else verb)
    found = function(document, store, *(READS | WRITES)[verb], **more)
    return asyncio.run(found) if twin else found


def contents(store: Any) -> dict[str, bytes | None]:
    """Everything that is stored, by key."""
    location = locate(store, "")
    values = {key: get(location.store, key) for key in list_keys(location)}
    return {key: None if value is None else value.to_bytes() for key, value in values.items()}
