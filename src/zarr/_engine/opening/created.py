"""Plain creations: members of a group in local files, made like one that zarr has made before.

What zarr makes of equal arguments, under an equal configuration, is equal. Everything else, and
every error of the search, is left to zarr's own coroutine.
"""

from __future__ import annotations

import copy
import json
import marshal
import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np

from zarr._engine.engines.names import Asked
from zarr._engine.metadata.fixed_parts import may_be_shared
from zarr._engine.metadata.templates import Template, holds, template_with_parts_of
from zarr._engine.opening.files import contents_of, put_file
from zarr._engine.opening.stored import NODES
from zarr.core.array import AsyncArray
from zarr.core.buffer import default_buffer_prototype
from zarr.core.config import config
from zarr.core.metadata.io import encode_documents
from zarr.crud._bounded_cache import BoundedCache
from zarr.storage import LocalStore

if TYPE_CHECKING:
    from types import CoroutineType

    from zarr.storage import StorePath

KEYED: Final = (
    *("shape", "dtype", "chunks", "shards", "filters", "compressors", "serializer"),
    *("fill_value", "chunk_key_encoding", "dimension_names"),
)
"""The keywords from which zarr makes the metadata."""

UNUSED: Final = {"data": None, "order": None, "storage_options": None, "overwrite": False}
"""Others, with the values that they have in a plain creation."""

FREE: Final = frozenset({"name", "attributes", "config", "write_data"})
GROUPS: Final = "zarr.core.group"
NO_FILL_VALUE: Final = "DEFAULT_FILL_VALUE"
"""How the mark shows itself that stands for the default fill value."""

NUMBERS: Final = frozenset("biufc")


class Made(NamedTuple):
    """What zarr has made of arguments."""

    template: Template
    documents: dict[str, bytes]
    """What is stored of it, by name; without attributes."""
    settings: dict[str, Any]
    """The configuration meanwhile."""


class Creation(NamedTuple):
    """A call that may be a plain creation."""

    group: Any
    given: dict[str, Any]
    key: bytes

    def array(self) -> AsyncArray[Any] | None:
        """Return the new array; `None` if the coroutine must make it."""
        made = _kept.get(self.key)
        if made is None or made.settings != config.config:
            return None
        zarr_format = self.group.metadata.zarr_format
        place = _new_place(self.group.store_path, self.given["name"], zarr_format)
        if place is None:
            return None
        attributes = self.given["attributes"]
        metadata: Any = made.template.metadata(attributes)
        array: AsyncArray[Any] = AsyncArray(
            metadata=metadata, store_path=place, config=self._config()
        )
        if attributes:
            documents = encode_documents(place, metadata)
        else:
            from_bytes = default_buffer_prototype().buffer.from_bytes
            documents = {name: from_bytes(stored) for name, stored in made.documents.items()}
        root: Any = getattr(place.store, "root", None)
        # As after a read of the groups above.
        place.store._is_open = True
        folder = root / place.path
        with suppress(OSError):
            # Most often it is new, and writing the document would fail once.
            os.mkdir(folder)  # noqa: PTH102
        for name, document in documents.items():
            put_file(folder / name, document)
        return array

    def learn(self, array: object) -> None:
        """Keep what zarr has made."""
        if not isinstance(array, AsyncArray) or not holds(self.key, self._keyed()):
            return
        # A compressor of the caller, who can change it, has no key.
        metadata = array.metadata
        if not may_be_shared(metadata):
            return
        template = template_with_parts_of(metadata)
        if template is None:
            template = Template(metadata)
            template.complete(array)
        bare: Any = template.bare
        documents = bare.to_buffer_dict(default_buffer_prototype())
        stored = {name: document.to_bytes() for name, document in documents.items()}
        _kept.discard(self.key)
        _kept.keep(self.key, Made(template, stored, copy.deepcopy(config.config)))

    def _keyed(self) -> Any:
        return self.group.metadata.zarr_format, _keyed(self.given)

    def _config(self) -> Any:
        """Return the configuration that the coroutine would give to the array."""
        engine = self.group.member_engine
        if self.given["config"] is not None or engine is None:
            return self.given["config"]
        return {"engine": Asked(engine)}


def creation_of(coroutine: CoroutineType[Any, Any, Any]) -> Creation | None:
    """Return a call of `AsyncGroup.create_array` that says nothing unusual."""
    frame = coroutine.cr_frame
    named = {} if frame is None or coroutine.__name__ != "create_array" else frame.f_locals
    args, given = named.get("args", ()), named.get("kwargs", {})
    # A group of zarr's own class, with the attribute that a seam adds.
    own = (
        len(args) == 1 and type(args[0]).__module__ == GROUPS and hasattr(args[0], "member_engine")
    )
    if not own or type(args[0].store) is not LocalStore:
        return None
    if given.keys() != {*KEYED, *UNUSED, *FREE}:
        return None
    if any(given[name] is not value for name, value in UNUSED.items()):
        return None
    asked, shards = given["config"], given["shards"]
    alone = asked is None or (type(asked) is dict and [*map(type, asked.values())] == [Asked])
    # Zarr warns of shards that it chooses.
    if not alone or not (shards is None or type(shards) is tuple):
        return None
    with suppress(ValueError):
        keyed = args[0].metadata.zarr_format, _keyed(given)
        return Creation(args[0], given, marshal.dumps(keyed, 2))
    return None


def _keyed(given: dict[str, Any]) -> dict[str, Any]:
    keyed = {name: given[name] for name in KEYED}
    if repr(keyed["fill_value"]) == NO_FILL_VALUE:
        del keyed["fill_value"]
    dtype = keyed["dtype"]
    if isinstance(dtype, type) and issubclass(dtype, np.number):
        dtype = np.dtype(dtype)
    if isinstance(dtype, np.dtype) and dtype.kind in NUMBERS:
        keyed["dtype"] = ("dtype", dtype.str)
    return keyed


_kept: Final[BoundedCache[bytes, Made]] = BoundedCache(None, most=256)


def _new_place(group: StorePath, name: object, zarr_format: int) -> StorePath | None:
    """Return the place of a new member, if there is nothing yet, below groups of its format."""
    if type(name) is not str or group.store.read_only:
        return None
    with suppress(ValueError):
        place = group / name
        root: Any = getattr(group.store, "root", None)
        parts = place.path.split("/")
        above = ("/".join([str(root), *parts[:depth]]) for depth in range(len(parts)))
        new = (f"{root}/{place.path}/{document}" for document in NODES[zarr_format].values())
        if place.path and not any(map(os.path.lexists, new)):
            return place if all(_is_group(folder, zarr_format) for folder in above) else None
    return None


def _is_group(folder: str, zarr_format: int) -> bool:
    document = NODES[zarr_format]["group"]
    try:
        members = json.loads(contents_of(f"{folder}/{document}"))
    except (OSError, ValueError, RecursionError):
        return False
    kind = ("node_type", "group") if zarr_format == 3 else ("zarr_format", 2)
    return isinstance(members, dict) and members.get(kind[0]) == kind[1]
