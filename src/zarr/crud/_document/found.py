"""What is stored for nodes, in few round trips."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, cast

from zarr.core.buffer.cpu import buffer_prototype as cpu_buffer_prototype
from zarr.crud._bounded_cache import BoundedCache
from zarr.crud._document.cache import LENGTH, as_document
from zarr.crud._errors import DocumentError
from zarr.crud._stores.location import Location, get_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zarr.core.buffer import Buffer
    from zarr.core.common import JSON
    from zarr.crud._document.document import Document

ZARR_JSON: Final = "zarr.json"
ZARRAY: Final = ".zarray"
ZGROUP: Final = ".zgroup"
ZATTRS: Final = ".zattrs"

OWN_NAMES: Final = {3: (ZARR_JSON,), 2: (ZARRAY, ZGROUP, ZATTRS, ".zmetadata")}
"""Names of the documents of a group, by its format; as in zarr-python, no child has such a name."""

type Found = tuple[str, Mapping[str, Any]]
"""The name of a stored document, and its members: the `Document`, if a `zarr.json` is `whole`."""

_by_bytes: Final[BoundedCache[bytes, Document]] = BoundedCache(
    None, most=512, size=lambda stored: 1 + len(stored) // LENGTH
)
"""Documents of format 3 by their stored bytes, so that equal ones are not read as JSON again."""


def find_together(places: list[Location], *, whole: bool, of_format_2: bool) -> list[Found | None]:
    """Return what is stored for the nodes at places of one store whose requests wait.

    This takes one round trip for nodes that are as expected, of format 3 or `of_format_2`, and
    two for others. The members of a `whole` document of format 2 include its attributes.
    """
    names = (ZARRAY, ZGROUP, ZATTRS) if whole else (ZARRAY, ZGROUP)
    values = _values(places, (ZARR_JSON, *names) if of_format_2 else (ZARR_JSON,))
    others = (
        [] if of_format_2 else [place for place in places if place.key(ZARR_JSON) not in values]
    )
    values |= _values(others, names)
    return [_found(place, values, whole=whole) for place in places]


def _values(places: list[Location], names: Sequence[str]) -> dict[str, Buffer]:
    """Return the values of those keys that have one."""
    keys = [place.key(name) for name in names for place in places]
    if not keys:
        return {}
    # Documents are read on the CPU, even if chunks are not.
    found = get_each(places[0].store, keys, cpu_buffer_prototype)
    return {key: value for key, value in zip(keys, found, strict=True) if value is not None}


def _found(place: Location, values: dict[str, Buffer], *, whole: bool) -> Found | None:
    for name in (ZARR_JSON, ZARRAY, ZGROUP):
        stored = values.get(place.key(name))
        if stored is not None and whole and name == ZARR_JSON:
            return name, document_of(place.key(name), stored.to_bytes())
        members = parsed(place.key(name), stored)
        if members is not None:
            if whole:
                attributes = parsed(place.key(ZATTRS), values.get(place.key(ZATTRS)))
                members["attributes"] = {} if attributes is None else attributes
            return name, members
    return None


def document_of(key: str, value: bytes) -> Document:
    """Return the document of a `zarr.json`, given its stored bytes."""
    found = _by_bytes.get(value)
    if found is not None:
        return found
    return _by_bytes.keep(value, as_document(members_of(key, value)))


def parsed(key: str, stored: Buffer | None) -> dict[str, JSON] | None:
    """Return the members of a stored document; `None` if there is none."""
    return None if stored is None else members_of(key, stored.to_bytes())


def members_of(key: str, value: bytes) -> dict[str, JSON]:
    """Return the members of a document, given its stored bytes."""
    try:
        members = json.loads(value)
    except (ValueError, RecursionError) as err:
        raise DocumentError(f"the document {key!r} is not JSON: {err}") from err
    if not isinstance(members, dict):
        raise DocumentError(f"the document {key!r} is not a JSON object")
    return cast("dict[str, JSON]", members)
