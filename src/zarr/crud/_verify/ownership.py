"""To which node a key belongs, and what it is there: a document, a chunk, or something else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from zarr.crud._archives.chunk_names import inside_reader
from zarr.crud._archives.keys import MARKER
from zarr.crud._archives.keys import is_leftover as has_form_of_leftover
from zarr.crud._document.chunk_keys import index_of
from zarr.crud._verify.documents import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from zarr.crud._document.document import Document
    from zarr.crud._stores.unsized_keys import Folder
    from zarr.crud._verify.documents import Node
    from zarr.crud._verify.findings import Findings

type Index = tuple[int, ...]

_NAMES: Final = frozenset(NAMES)

# The temporary files of obstore lie beside their target.
_STAGED: Final = re.compile(r"#[0-9]+$")


@dataclass(slots=True)
class Contents:
    """The keys of one array."""

    node: Node
    document: Document
    chunks: dict[Index, int] = field(default_factory=dict)
    """The sizes of the stored chunks within the grid."""


def contents_of(
    folders: Iterable[Folder], nodes: Mapping[str, Node], findings: Findings
) -> dict[str, Contents]:
    """Assign each key to the node nearest above it; return what the arrays have."""
    found = {
        path: Contents(node, node.document)
        for path, node in nodes.items()
        if node.document is not None and node.document.node_type == "array"
    }
    last: str | None = None
    read: Callable[[str], Index | None] | None = None
    for folder, names in folders:
        owner = _owner(folder, nodes)
        contents = None if owner is None else found.get(owner)
        if contents is None:
            read = None
        elif owner != last or read is None:
            read = inside_reader(contents.document)
        last = owner
        below = folder[len(owner) + 1 if owner else 0 :]
        start, chunks = f"{below}/" if below else "", {} if contents is None else contents.chunks
        for name, size in names.items():
            if name in _NAMES:
                if folder not in nodes:
                    text = "there is no document of a node beside it; delete it, or restore that"
                    findings.add("unknown-key", owner or "", text, key=_joined(folder, name))
            elif read is not None and (index := read(start + name)) is not None:
                chunks[index] = size
            else:
                node = None if owner is None else nodes[owner]
                _report(_joined(folder, name), start + name, node, contents, findings)
    return found


def _joined(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _owner(path: str, nodes: Mapping[str, Node]) -> str | None:
    """The node at a path, or the one nearest above it."""
    while path not in nodes:
        if not path:
            return None
        path = path.rpartition("/")[0]
    return path


def _report(
    key: str,
    below: str,
    node: Node | None,
    contents: Contents | None,
    findings: Findings,
) -> None:
    """Say what a key is that is no document, and no chunk of a grid."""
    path, document = ("", None) if node is None else (node.path, node.document)
    index = None if contents is None else index_of(contents.document, below)
    if document is not None and index is not None:
        grid = document.chunk_grid.shape
        text = f"chunk {index} is beyond the chunk grid of shape {grid}; no read uses it"
        findings.add("beyond-grid", path, text, key=key, index=index)
    elif below == MARKER:
        text = "a repack into this node was broken off; finish it with resume=True"
        findings.add("unfinished-repack", path, text, key=key)
    elif is_leftover(below, document):
        text = "a temporary file of a writer that was killed, or still writes"
        findings.add("leftover", path, text, key=key)
    elif node is None or document is not None:
        # Without a valid document, nothing says what the keys of a node are.
        text = "it is no document and no chunk; zarr does not read it"
        findings.add("unknown-key", path, text, key=key)


def is_leftover(key: str, document: Document | None) -> bool:
    """Return whether a key below a node has the name of a temporary file."""
    if has_form_of_leftover(key):
        return True
    target, count = _STAGED.subn("", key)
    if not count:
        return False
    name = target.rpartition("/")[2]
    if name in NAMES:
        return True
    is_array = document is not None and document.node_type == "array"
    return document is not None and is_array and index_of(document, target) is not None


def check_places(nodes: Mapping[str, Node], findings: Findings) -> None:
    """Look for nodes without a group above them, and for those below an array."""
    for path in nodes:
        if not path:
            continue
        parent = path.rpartition("/")[0]
        if parent not in nodes:
            text = f"there is no group at {parent or '/'!r}, so no listing finds this node"
            findings.add("no-group-above", path, text)
        above = _owner(parent, nodes)
        if above is not None and nodes[above].is_array:
            text = f"the node lies below the array {above or '/'!r}; only groups have nodes"
            findings.add("node-below-array", path, text)


def check_loops(loops: Iterable[str], nodes: Mapping[str, Node], findings: Findings) -> None:
    """Name the links that lead back to a folder above them."""
    for key in loops:
        text = "the link leads back to a folder above it; nothing below it is checked; delete it"
        findings.add("unknown-key", _owner(key, nodes) or "", text, key=key)
