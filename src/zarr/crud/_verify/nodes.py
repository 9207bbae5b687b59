"""The nodes below a place, with what is wrong with their documents and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud._stores.unsized_keys import in_folders
from zarr.crud._verify.agreement import check_consolidated, check_formats
from zarr.crud._verify.documents import NAMES, node_of, stored_documents
from zarr.crud._verify.ownership import check_loops, check_places, contents_of
from zarr.crud.backends.direct import direct_location

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zarr.crud._stores.location import Location
    from zarr.crud._stores.unsized_keys import Folder
    from zarr.crud._verify.documents import Node
    from zarr.crud._verify.findings import Findings
    from zarr.crud._verify.ownership import Contents


def listed(
    sizes: Mapping[str, int],
    location: Location,
    findings: Findings,
    loops: Iterable[str] = (),
) -> tuple[dict[str, Node], dict[str, Contents]]:
    """Check the keys and documents below a location.

    Return the nodes by path, and the stored chunks of the arrays among them.
    """
    return listed_in(list(in_folders(sizes.items())), location, findings, loops)


def listed_in(
    folders: Sequence[Folder], location: Location, findings: Findings, loops: Iterable[str] = ()
) -> tuple[dict[str, Node], dict[str, Contents]]:
    """Return what `listed` does, given the folders of the keys; sizes may be unknown."""
    keys = [
        f"{folder}/{name}" if folder else name
        for folder, names in folders
        for name in sorted(name for name in NAMES if name in names)
    ]
    documents = stored_documents(keys, direct_location(location), findings)
    found = {path: node_of(stored, findings) for path, stored in documents.items()}
    nodes = {path: node for path, node in found.items() if node is not None}
    for stored in documents.values():
        check_formats(stored, findings)
        check_consolidated(stored, documents, findings)
    check_places(nodes, findings)
    check_loops(loops, nodes, findings)
    return nodes, contents_of(folders, nodes, findings)
