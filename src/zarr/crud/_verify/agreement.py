"""Documents that should agree: copies in consolidated metadata, and two formats at one path."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from zarr.crud._document.cache import as_document
from zarr.crud._document.consolidated import ZMETADATA
from zarr.crud._document.found import ZARR_JSON, ZARRAY, ZATTRS, ZGROUP
from zarr.crud._verify.documents import NAMES, valid, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.crud._document.document import Document
    from zarr.crud._verify.documents import Members, Stored
    from zarr.crud._verify.findings import Findings

CONSOLIDATED: Final = "consolidated_metadata"


def check_formats(stored: Stored, findings: Findings) -> None:
    """Compare the documents of formats 2 and 3 at one path."""
    name = ZARRAY if ZARRAY in stored.names else ZGROUP
    if ZARR_JSON not in stored.names or name not in stored.names:
        return
    members, others = whole(stored, name), stored.documents.get(ZARR_JSON)
    if members is None or others is None:
        return
    older = valid(members, stored, name, findings)
    try:
        newer = as_document(others)
    except Exception:  # noqa: BLE001  # the node itself has the finding
        return
    if older is None:
        return
    key = stored.key(name)
    if differing := _differing_formats(older, newer):
        text = (
            f"the documents of formats 2 and 3 differ in {', '.join(differing)}; format 3 is read"
        )
        findings.add("formats-disagree", stored.path, text, key=key)
    else:
        text = "there are documents of formats 2 and 3, which agree; format 3 is read"
        findings.add("two-formats", stored.path, text, key=key)


def _differing_formats(older: Document, newer: Document) -> list[str]:
    if older.node_type != newer.node_type:
        return ["the type of the node"]
    differing = []
    if older.node_type == "array":
        if older.shape != newer.shape:
            differing.append("shape")
        one, other = older.dtype.newbyteorder("="), newer.dtype.newbyteorder("=")
        if one != other:
            differing.append("data type")
        elif older.fill_element.astype(one).tolist() != newer.fill_element.astype(
            one
        ).tolist() and (
            older.fill_element.astype(one).tobytes() != newer.fill_element.astype(one).tobytes()
        ):
            differing.append("fill value")
        if older.chunk_grid.largest != newer.chunk_grid.largest:
            differing.append("chunks")
    if not _equal(older.get("attributes") or {}, newer.get("attributes") or {}):
        differing.append("attributes")
    return differing


def check_consolidated(group: Stored, documents: Mapping[str, Stored], findings: Findings) -> None:
    """Compare the copies in a group's consolidated metadata with the documents of its members."""
    copies = _copies_of_format_3(group, findings)
    if copies is not None:
        _check_copies(group, ZARR_JSON, copies, documents, findings)
    copies = _copies_of_format_2(group, findings)
    if copies is not None:
        _check_copies(group, ZMETADATA, copies, documents, findings)


def _copies_of_format_3(group: Stored, findings: Findings) -> dict[str, Members] | None:
    given = group.documents.get(ZARR_JSON, {}).get(CONSOLIDATED)
    if given is None:
        return None
    copies = given.get("metadata") if isinstance(given, dict) else None
    if not isinstance(copies, dict) or not all(isinstance(one, dict) for one in copies.values()):
        text = "`consolidated_metadata` has no object of documents under `metadata`"
        findings.add("invalid-document", group.path, text, key=group.key(ZARR_JSON))
        return None
    return {f"{path}/{ZARR_JSON}": one for path, one in copies.items()}


def _copies_of_format_2(group: Stored, findings: Findings) -> dict[str, Members] | None:
    given = group.documents.get(ZMETADATA)
    if given is None:
        return None
    copies = given.get("metadata")
    if given.get("zarr_consolidated_format") != 1 or not isinstance(copies, dict):
        text = "the document is not consolidated metadata of version 1"
        findings.add("invalid-document", group.path, text, key=group.key(ZMETADATA))
        return None
    return {key: one for key, one in copies.items() if isinstance(one, dict)}


def _check_copies(
    group: Stored,
    name: str,
    copies: dict[str, Members],
    documents: Mapping[str, Stored],
    findings: Findings,
) -> None:
    prefix, key = f"{group.path}/" if group.path else "", group.key(name)
    for place, copy in copies.items():
        path, _, document = place.rpartition("/")
        full = f"{prefix}{path}".rstrip("/")
        stored = documents.get(full)
        if stored is None or document not in stored.names:
            if document in NAMES and not (document == ZATTRS and not copy):
                text = f"the consolidated metadata has {place!r}, which is not stored"
                findings.add("consolidated-without-node", full, text, key=key)
        elif document in stored.documents:
            differing = _differing(stored.documents[document], copy)
            if differing:
                text = (
                    f"the copy of {place!r} in the consolidated metadata differs in "
                    f"{', '.join(differing)}; consolidate the group again"
                )
                findings.add("consolidated-disagrees", full, text, key=key)
    wanted = (ZARR_JSON,) if name == ZARR_JSON else (ZARRAY, ZGROUP)
    for path, stored in documents.items():
        if path == group.path or not path.startswith(prefix):
            continue
        for document in stored.names.intersection(wanted):
            if f"{path.removeprefix(prefix)}/{document}" not in copies:
                text = f"the consolidated metadata of {group.path or '/'!r} does not have this node"
                findings.add("consolidated-lacks-node", path, text, key=key)


def _differing(own: Members, copy: Members) -> list[str]:
    """The names of members that differ, even if both are written as zarr-python writes them."""
    names = _unequal(own, copy)
    if not names:
        return []
    try:
        one, other = _normal(own), _normal(copy)
    except Exception:  # noqa: BLE001  # the document itself has the finding
        return names
    return _unequal(one, other)


def _normal(members: Members) -> Members:
    found: Members = as_document(_without_copies(members)).metadata.to_dict()
    return found


def _without_copies(members: Members) -> Members:
    return {name: value for name, value in members.items() if name != CONSOLIDATED}


def _unequal(own: Members, copy: Members) -> list[str]:
    names = [*own, *(name for name in copy if name not in own)]
    own = _without_copies(own)
    return [
        name for name in names if name != CONSOLIDATED and not _equal(own.get(name), copy.get(name))
    ]


def _equal(one: Any, other: Any) -> bool:
    # As text, in which a NaN equals itself.
    return json.dumps(one, sort_keys=True, default=str) == json.dumps(
        other, sort_keys=True, default=str
    )
