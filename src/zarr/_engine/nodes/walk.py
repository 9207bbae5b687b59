"""The members of a group that has an engine, level by level."""

from __future__ import annotations

import sys
import warnings
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from zarr._engine.nodes.documents import Stored, node_of, read_each
from zarr._engine.nodes.requests import requests_to
from zarr.errors import ZarrUserWarning

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator, Sequence

    from zarr._engine.engines.names import EngineLike
    from zarr._engine.nodes.requests import Name, Requests
    from zarr.storage import StorePath

AT_ONCE: Final = 1024
"""How many nodes are read at once: all of them are in memory until the caller takes them."""

_OF_THE_GROUP: Final = {
    2: frozenset((".zattrs", ".zgroup", ".zarray", ".zmetadata")),
    3: frozenset(("zarr.json",)),
}
"""Names that a group's own documents have, by the format of the outermost group."""


_NONE: Final = Stored()


class _Entry(NamedTuple):
    """A listed name, and the group below which it was found."""

    prefix: str
    group: Any
    name: Name
    place: StorePath


async def walk(
    group: Any, engine: EngineLike, max_depth: int | None, *, trusts_children: bool
) -> AsyncGenerator[tuple[str, Any]]:
    """Yield what `AsyncGroup.members` does, each level before the next.

    All groups of a level are listed together, and the nodes below them are read together. While
    the caller has a node, no request is under way.
    """
    requests = await requests_to(group.store, group.path, engine)
    own_names = _OF_THE_GROUP[group.metadata.zarr_format]
    level: list[tuple[str, Any]] = [("", group)]
    depth = 0
    while level:
        below: list[tuple[str, Any]] = []
        entries = await _listed(requests, level, own_names)
        for start in range(0, len(entries), AT_ONCE):
            part = entries[start : start + AT_ONCE]
            for entry, node in await _nodes(requests, part, engine):
                if _is_group(node) and not trusts_children and depth == 0:
                    node = _without_copies(node)
                path = f"{entry.prefix}/{node.basename}".lstrip("/")
                if _is_group(node):
                    below.append((path, node))
                yield path, node
        if depth == max_depth:
            return
        level, depth = below, depth + 1


async def _listed(
    requests: Requests, level: Sequence[tuple[str, Any]], own_names: frozenset[str]
) -> list[_Entry]:
    listed = await requests.names([group.path for _, group in level])
    return [
        _Entry(prefix, group, name, group.store_path / name.name)
        for (prefix, group), names in zip(level, listed, strict=True)
        for name in names
        if name.name not in own_names
    ]


async def _nodes(
    requests: Requests, entries: list[_Entry], engine: EngineLike
) -> Iterator[tuple[_Entry, Any]]:
    """Read the nodes of listed names; return those that are nodes, in order."""
    stored: dict[int, Stored] = {}
    for zarr_format in (2, 3):
        wanted = [
            (at, entry.place)
            for at, entry in enumerate(entries)
            if entry.name.has_keys
            and _copies(entry.group) is None
            and entry.group.metadata.zarr_format == zarr_format
        ]
        found = await read_each(requests, [place for _, place in wanted], zarr_format)
        stored.update((at, documents) for (at, _), documents in zip(wanted, found, strict=True))
    return _made(entries, stored, engine)


def _made(
    entries: list[_Entry], stored: dict[int, Stored], engine: EngineLike
) -> Iterator[tuple[_Entry, Any]]:
    for at, entry in enumerate(entries):
        name, group = entry.name.name, entry.group
        try:
            if _copies(group) is not None:
                node = group._getitem_consolidated(entry.place, name, prefix=group.name)
            else:
                # A key without keys below it has no documents.
                documents = stored.get(at, _NONE)
                node = node_of(entry.place, documents, group.metadata.zarr_format, engine)
        except FileNotFoundError:
            _warn(name)
        except KeyError as err:
            # As upstream, whatever raised it.
            _warn(err.args[0])
        else:
            yield entry, node


def _copies(group: Any) -> Any:
    return group.metadata.consolidated_metadata


def _is_group(node: Any) -> bool:
    return hasattr(node, "member_engine")


def _without_copies(group: Any) -> Any:
    if _copies(group) is None:
        return group
    return replace(group, metadata=replace(group.metadata, consolidated_metadata=None))


def _warn(name: object) -> None:
    """Warn as upstream's function does, as if from its place: filters may name the module."""
    upstream: Any = sys.modules["zarr.core.group"]
    warnings.warn_explicit(
        f"Object at {name} is not recognized as a component of a Zarr hierarchy.",
        ZarrUserWarning,
        upstream.__file__,
        upstream.__dict__["_iter_members"].__code__.co_firstlineno,
        upstream.__name__,
        upstream.__dict__.setdefault("__warningregistry__", {}),
    )
