"""Arrays and groups with an engine, as a notebook shows them.

What this may ask of the store: nothing over the network. In a directory, in memory and in a ZIP
archive, one listing of at most `MOST_KEYS` keys. All text is escaped and clipped, and an error only
means that the notebook shows the `repr`.
"""

from __future__ import annotations

import reprlib
from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any, Final

from zarr._engine.engines.display import engine_shown

MOST_KEYS: Final = 10_000
"""The most keys that are listed for the stored size, the map, and the members of a group."""

MOST_NAMES: Final = 20
"""The most attributes, and members, that are named."""

type Row = tuple[str, str]


def array_html(self: Any) -> str | None:
    """Return a table and a chunk map of an array with an engine; `None` shows the `repr`."""
    try:
        engine = engine_shown(self)
        return None if engine is None else _array(self, engine)
    except Exception:  # noqa: BLE001  # a notebook must always show something
        return None


def group_html(self: Any) -> str | None:
    """Return a table of a group with an engine; `None` shows the `repr`."""
    try:
        engine = engine_shown(self)
        return None if engine is None else _group(self, engine)
    except Exception:  # noqa: BLE001  # as above
        return None


def _array(array: Any, engine: str) -> str:
    from zarr.crud._document.cache import as_document
    from zarr.crud._layout.html import map_of, side_by_side, table_of
    from zarr.crud._layout.measured import layout_at_once
    from zarr.crud._stores.location import Location

    place, metadata = array.store_path, array.metadata
    location = Location(place.store, place.path)
    layout = layout_at_once(as_document(metadata), location, MOST_KEYS)
    rows = [
        *_of_node(array, "Array"),
        ("shape", str(array.shape)),
        ("data type", str(array.dtype)),
        ("chunks", _chunks(metadata)),
        ("shards", str(array.shards) if array.shards is not None else "none"),
        ("codecs", _codecs(metadata)),
        ("fill value", reprlib.repr(metadata.fill_value)),
        ("engine", _engine(array, engine)),
        ("stored", _stored(layout)),
        *_attributes(metadata.attributes),
    ]
    return side_by_side(table_of(rows), "" if layout is None else map_of(layout))


def _group(group: Any, engine: str) -> str:
    from zarr.crud._layout.html import table_of

    rows = [
        *_of_node(group, "Group"),
        ("engine", engine),
        *_members(group),
        *_attributes(group.metadata.attributes),
    ]
    return table_of(rows)


def _of_node(node: Any, kind: str) -> list[Row]:
    from zarr.crud._errors import store_name

    place = node.store_path
    version = f"format {node.metadata.zarr_format}"
    return [(kind, place.path or "/"), ("store", store_name(place.store)), ("format", version)]


def _chunks(metadata: Any) -> str:
    from zarr.crud._document.cache import as_document

    document = as_document(metadata)
    shape = document.chunk_shape
    grid = " by ".join(map(str, document.chunk_grid.shape)) or "1"
    return f"{'of several shapes' if shape is None else shape}, a grid of {grid}"


def _codecs(metadata: Any) -> str:
    if metadata.zarr_format == 2:
        codecs = [*(metadata.filters or ()), metadata.compressor]
        return ", ".join(_codec(one) for one in codecs if one is not None) or "none"
    return ", ".join(_codec(one) for one in metadata.codecs)


def _codec(codec: Any) -> str:
    if hasattr(codec, "get_config"):
        return str(codec.get_config().get("id"))
    inner = getattr(codec, "codecs", ())
    name = str(codec.to_dict().get("name"))
    return f"{name}({', '.join(map(_codec, inner))})" if inner else name


def _engine(array: Any, engine: str) -> str:
    info = array.engine_info()
    if info.serves is None:
        reasons = [one.reason for one in info.verdicts.values() if one.reason]
        return f"{engine}, which serves no read of this array: {'; '.join(reasons)}"
    if info.serves == engine:
        return f"{engine}, as was asked for"
    better = [f"{name}: {one.reason}" for name, one in info.verdicts.items() if one.reason]
    return f"{engine}: {info.serves} serves" + (f" ({'; '.join(better)})" if better else "")


def _stored(layout: Any) -> str:
    from zarr.crud._layout.sizes import shown_size

    if layout is None:
        return "not counted here; zarr.crud.layout asks the store"
    ratio = layout.compression_ratio
    size = shown_size(layout.stored_nbytes)
    compressed = "" if ratio is None else f", compressed {ratio:.1f} times"
    return f"{layout.stored_chunks} of {layout.chunks} chunks, {size}{compressed}"


def _attributes(attributes: Any) -> Iterable[Row]:
    if not isinstance(attributes, Mapping):
        return
    for name, value in islice(attributes.items(), MOST_NAMES):
        yield f"attribute {name}", reprlib.repr(value)
    if len(attributes) > MOST_NAMES:
        yield "attributes", f"and {len(attributes) - MOST_NAMES} more"


def _members(group: Any) -> Iterable[Row]:
    names = _names(group)
    if names is None:
        yield "members", "not listed here; list(group) asks the store"
        return
    shown = ", ".join(names[:MOST_NAMES])
    more = f", and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    yield "members", f"{len(names)}: {shown}{more}" if names else "none"


def _names(group: Any) -> list[str] | None:
    from zarr.crud._stores.location import Location
    from zarr.crud._stores.sized_keys import few_keys

    copies = group.metadata.consolidated_metadata
    if copies is not None:
        return sorted({str(name).partition("/")[0] for name in copies.metadata})
    place = group.store_path
    keys = few_keys(Location(place.store, place.path), MOST_KEYS)
    if keys is None:
        return None
    documents = ("zarr.json", ".zarray", ".zgroup")
    parted = (key.split("/") for key in keys)
    return sorted({parts[0] for parts in parted if len(parts) == 2 and parts[1] in documents})
