"""The nodes below a place, with what is wrong with their documents and keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zarr.crud._verify.agreement import check_consolidated, check_formats
from zarr.crud._verify.documents import node_of, stored_documents
from zarr.crud._verify.ownership import check_loops, check_places, contents_of
from zarr.crud.backends.direct import direct_location

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from zarr.crud._stores.location import Location
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
    documents = stored_documents(sizes, direct_location(location), findings)
    found = {path: node_of(stored, findings) for path, stored in documents.items()}
    nodes = {path: node for path, node in found.items() if node is not None}
    for stored in documents.values():
        check_formats(stored, findings)
        check_consolidated(stored, documents, findings)
    check_places(nodes, findings)
    check_loops(loops, nodes, findings)
    return nodes, contents_of(sizes, nodes, findings)
