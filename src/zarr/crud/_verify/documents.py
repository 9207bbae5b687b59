"""The documents below a path, read and parsed; those that are damaged become findings."""

from __future__ import annotations

from itertools import batched
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr.core.buffer.cpu import buffer_prototype as cpu_buffer_prototype
from zarr.crud._document.cache import as_document
from zarr.crud._document.consolidated import ZMETADATA
from zarr.crud._document.found import ZARR_JSON, ZARRAY, ZATTRS, ZGROUP, parsed
from zarr.crud._errors import DocumentError
from zarr.crud._stores.location import get, get_each
from zarr.errors import UnknownCodecError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from zarr.core.buffer import Buffer
    from zarr.crud._document.document import Document
    from zarr.crud._stores.location import Location
    from zarr.crud._verify.findings import Findings

NAMES: Final = (ZARR_JSON, ZARRAY, ZGROUP, ZATTRS, ZMETADATA)
"""The names of documents."""

_TOGETHER: Final = 256
"""Documents that are read at a time."""

type Members = dict[str, Any]


class Stored(NamedTuple):
    """What is stored for a path: the members of each document that is JSON, by its name."""

    path: str
    documents: dict[str, Members]
    names: frozenset[str]
    """The names of all documents, also of those that are not JSON."""

    def key(self, name: str) -> str:
        """The key of a document, below the place that is verified."""
        return f"{self.path}/{name}" if self.path else name


class Node(NamedTuple):
    """A node, as its stored documents describe it."""

    path: str
    is_array: bool
    document: Document | None
    """`None` if it is not valid."""


def stored_documents(
    keys: Iterable[str], location: Location, findings: Findings
) -> dict[str, Stored]:
    """Read the documents among keys, and return them by the path of their node."""
    found: dict[str, Stored] = {}
    names: dict[str, set[str]] = {}
    wanted = [key for key in keys if key.rpartition("/")[2] in NAMES]
    for key in wanted:
        path, _, name = key.rpartition("/")
        names.setdefault(path, set()).add(name)
    for path in sorted(names):
        found[path] = Stored(path, {}, frozenset(names[path]))
    for some in batched(wanted, _TOGETHER):
        for key, value in _values(some, location, findings):
            path, _, name = key.rpartition("/")
            try:
                members = parsed(location.key(key), value)
            except DocumentError as err:
                findings.add("invalid-document", path, str(err), key=key)
            else:
                if members is not None:
                    found[path].documents[name] = members
    return found


def _values(
    keys: tuple[str, ...], location: Location, findings: Findings
) -> Iterator[tuple[str, Buffer | None]]:
    try:
        full = [location.key(key) for key in keys]
        yield from zip(keys, get_each(location.store, full, cpu_buffer_prototype), strict=True)
    except Exception:  # noqa: BLE001  # one value must not hide the others
        for key in keys:
            try:
                yield key, get(location.store, location.key(key), cpu_buffer_prototype)
            except Exception as err:  # noqa: BLE001  # as above
                text = f"the store raised {type(err).__name__}: {err}"
                findings.add("unreadable", key.rpartition("/")[0], text, key=key)


def node_of(stored: Stored, findings: Findings) -> Node | None:
    """Return the node at a path; format 3 takes precedence. `None` if there is none."""
    if ZARR_JSON in stored.names:
        name = ZARR_JSON
    elif ZARRAY in stored.names or ZGROUP in stored.names:
        name = ZARRAY if ZARRAY in stored.names else ZGROUP
        if {ZARRAY, ZGROUP} <= stored.names:
            text = "there are documents of an array and of a group; delete the wrong one"
            findings.add("conflicting-documents", stored.path, text, key=stored.key(ZGROUP))
    else:
        return None
    members = whole(stored, name)
    is_array = name == ZARRAY or (members or {}).get("node_type") == "array"
    document = None if members is None else valid(members, stored, name, findings)
    return Node(stored.path, is_array, document)


def whole(stored: Stored, name: str) -> Members | None:
    """Return the members of a node's document, in format 2 with its attributes."""
    members = stored.documents.get(name)
    if members is None or name == ZARR_JSON:
        return members
    return {**members, "attributes": stored.documents.get(ZATTRS, {})}


def valid(members: Members, stored: Stored, name: str, findings: Findings) -> Document | None:
    """Return the parsed document, or `None` with a finding that says what is wrong with it."""
    key = stored.key(name)
    try:
        document = as_document(members)
    except DocumentError as err:
        if isinstance(err.__cause__, UnknownCodecError):
            # The document is valid for whoever has the codec.
            text = f"a codec that the array needs is not installed here: {err.__cause__}"
            findings.add("not-checked", stored.path, text, key=key)
        else:
            findings.add("invalid-document", stored.path, str(err), key=key)
    except ImportError as err:
        text = f"a package that the array needs is not installed here: {err}"
        findings.add("not-checked", stored.path, text, key=key)
    else:
        expected = 3 if name == ZARR_JSON else 2
        if members.get("zarr_format") == expected:
            return document
        text = f"the document says that it is of format {members.get('zarr_format')}"
        findings.add("invalid-document", stored.path, text, key=key)
    return None
