"""`ls`: the members of a group, one in each line."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from zarr.crud._cli.console import columns, show, show_json, show_lines
from zarr.crud._cli.described import chunks_of
from zarr.crud._cli.listed import Node, nodes
from zarr.crud._cli.options import Json, Location, StorageOptions, parsed
from zarr.crud._cli.places import opened
from zarr.crud._doctor.words import data_type, nbytes, shape, size

EXAMPLES = (
    "zarr-crud ls ocean.zarr",
    "zarr-crud ls -lr s3://bucket/ocean.zarr",
    "zarr-crud ls -r ocean.zarr --json | jq '.[].name'",
)


def ls(
    location: Location,
    option: StorageOptions = [],  # noqa: B006
    *,
    long: Annotated[bool, typer.Option("--long", "-l", help="Show types and sizes.")] = False,
    recursive: Annotated[bool, typer.Option("--recursive", "-r", help="List all below.")] = False,
    as_json: Json = False,
) -> None:
    """List the members of a group. An array is listed itself."""
    with opened(location, parsed(option)) as place:
        root, *members = nodes(place, None if recursive else 1)
        if root.document.node_type == "array":
            members = [root._replace(name=place.name.rpartition("/")[2])]
    if as_json:
        show_json([described(node) for node in members])
    elif long:
        show(columns((_row(node) for node in members), right=(1,)))
    else:
        show_lines(_name(node) for node in members)


def _name(node: Node) -> str:
    return node.name if node.document.node_type == "array" else f"{node.name}/"


def _row(node: Node) -> list[str]:
    if node.document.node_type == "group":
        return ["group", "", "", "", _name(node)]
    found = node.document
    return [
        data_type(found),
        size(nbytes(found)),
        shape(found.shape),
        shape(chunks_of(found).chunks),
        _name(node),
    ]


def described(node: Node) -> dict[str, Any]:
    """Return a node for JSON."""
    found = node.document
    shared = {"name": node.name, "node_type": found.node_type, "zarr_format": found["zarr_format"]}
    if found.node_type == "group":
        return shared
    chunks = chunks_of(found)
    return shared | {
        "shape": found.shape,
        "data_type": data_type(found),
        "chunks": chunks.chunks,
        "shards": chunks.shards,
        "nbytes": nbytes(found),
    }
