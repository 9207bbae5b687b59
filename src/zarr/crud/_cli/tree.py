"""`tree`: a hierarchy, drawn."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.text import Text
from rich.tree import Tree

from zarr.crud._cli.console import show, show_json
from zarr.crud._cli.described import summary
from zarr.crud._cli.escaping import escaped
from zarr.crud._cli.listed import Node, nodes
from zarr.crud._cli.ls import described
from zarr.crud._cli.options import Json, Location, StorageOptions, parsed
from zarr.crud._cli.places import opened

EXAMPLES = ("zarr-crud tree ocean.zarr", "zarr-crud tree --depth 1 s3://bucket/ocean.zarr")


def tree(
    location: Location,
    option: StorageOptions = [],  # noqa: B006
    *,
    depth: Annotated[
        int | None, typer.Option("--depth", "-d", min=0, help="Levels to show.", show_default=False)
    ] = None,
    as_json: Json = False,
) -> None:
    """Draw a hierarchy: groups and arrays, with shapes, data types and chunks."""
    with opened(location, parsed(option)) as place:
        found = list(nodes(place, depth))
    if as_json:
        show_json(_nested(found))
    else:
        show(_drawn(found, place.name))


def _drawn(found: list[Node], name: str) -> Tree:
    root = Tree(_label(found[0], name))
    open_: list[Tree] = [root]
    for node in found[1:]:
        del open_[node.depth :]
        open_.append(open_[-1].add(_label(node, node.name.rpartition("/")[2])))
    return root


def _label(node: Node, name: str) -> Text:
    if node.document.node_type == "group":
        return Text(escaped(name), "bold cyan")
    return Text.assemble(escaped(name), "  ", (escaped(summary(node.document)), "dim"))


def _nested(found: list[Node]) -> dict[str, Any]:
    root = described(found[0])
    open_: list[dict[str, Any]] = [root]
    for node in found[1:]:
        del open_[node.depth :]
        inner = described(node)
        inner["name"] = node.name.rpartition("/")[2]
        open_[-1].setdefault("members", []).append(inner)
        open_.append(inner)
    return root
