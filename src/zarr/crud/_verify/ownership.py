"""To which node a key belongs, and what it is there: a document, a chunk, or something else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from operator import lt
from typing import TYPE_CHECKING, Final

from zarr.crud._archives.chunk_names import index_reader
from zarr.crud._archives.keys import MARKER
from zarr.crud._archives.keys import is_leftover as has_form_of_leftover
from zarr.crud._document.chunk_keys import index_of
from zarr.crud._verify.documents import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from zarr.crud._document.document import Document
    from zarr.crud._verify.documents import Node
    from zarr.crud._verify.findings import Findings

type Index = tuple[int, ...]

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
    sizes: Mapping[str, int], nodes: Mapping[str, Node], findings: Findings
) -> dict[str, Contents]:
    """Assign each key to the node nearest above it; return what the arrays have."""
    found = {
        path: Contents(node, node.document)
        for path, node in nodes.items()
        if node.document is not None and node.document.node_type == "array"
    }
    # Keys of one folder follow each other.
    before: str | None = None
    owner: str | None = None
    contents: Contents | None = None
    read: Callable[[str], Index | None] | None = None
    grid: tuple[int, ...] = ()
    start = 0
    for key, size in sizes.items():
        folder, _, name = key.rpartition("/")
        if folder != before:
            before, (last, owner) = folder, (owner, _owner(folder, nodes))
            contents = None if owner is None else found.get(owner)
            start = len(owner) + 1 if owner else 0
            if contents is None:
                read, grid = None, ()
            elif owner != last or read is None:
                read = index_reader(contents.document)
                grid = contents.document.chunk_grid.shape
        if name in NAMES:
            if folder not in nodes:
                text = "there is no document of a node beside it; delete it, or restore that"
                findings.add("unknown-key", owner or "", text, key=key)
            continue
        index = None if read is None else read(key[start:])
        if contents is not None and index is not None and all(map(lt, index, grid)):
            contents.chunks[index] = size
        else:
            node = None if owner is None else nodes[owner]
            _report(key, key[start:], node, index, findings)
    return found


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
    index: Index | None,
    findings: Findings,
) -> None:
    """Say what a key is that is no document, and no chunk of a grid."""
    path, document = ("", None) if node is None else (node.path, node.document)
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
