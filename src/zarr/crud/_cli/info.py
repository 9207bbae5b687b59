"""`info`: what a node is, from its document alone."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from rich.text import Text

from zarr.crud import explain, list_children, read_metadata
from zarr.crud._cli.console import members, show, show_json, show_lines
from zarr.crud._cli.described import (
    chunks_in_words,
    chunks_of,
    dimensions_of,
    shortened,
)
from zarr.crud._cli.escaping import escaped
from zarr.crud._cli.options import Json, Location, StorageOptions, parsed
from zarr.crud._cli.places import Place, opened
from zarr.crud._doctor.words import codecs, count, data_type, nbytes, shape, size

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zarr.crud import Document, Verdict

EXAMPLES = (
    "zarr-crud info ocean.zarr/depth",
    "zarr-crud info s3://bucket/ocean.zarr -o anon=true",
    "zarr-crud info ocean.zip/depth --json",
)


def info(location: Location, option: StorageOptions = [], *, as_json: Json = False) -> None:  # noqa: B006
    """Show what an array or a group is.

    Reads the metadata document and no chunk. `chunks` shows what is stored.
    """
    with opened(location, parsed(option)) as place:
        document = read_metadata(place.store, path=place.path)
        found = (
            _array(document, place) if document.node_type == "array" else _group(document, place)
        )
    if as_json:
        show_json(found | {"document": dict(document)})
        return
    show(Text(escaped(place.name), "bold"))
    show(members(_words_of_array(document, found) if "shape" in found else _words_of_group(found)))
    attributes: Any = found["attributes"]
    if attributes:
        show(Text("  attributes", "cyan"))
        show_lines(
            f"    {name}: {shortened(json.dumps(held, ensure_ascii=False))}"
            for name, held in attributes.items()
        )


def _array(document: Document, place: Place) -> dict[str, Any]:
    verdicts = explain(document, place.store, path=place.path)
    chunks = chunks_of(document)
    return {
        "location": place.name,
        "node_type": "array",
        "zarr_format": document["zarr_format"],
        "shape": document.shape,
        "data_type": data_type(document),
        "dimension_names": dimensions_of(document),
        "chunks": chunks.chunks,
        "shards": chunks.shards,
        "chunk_grid": chunks.grid,
        "nbytes": nbytes(document),
        "codecs": codecs(document),
        "detects_damage": next(iter(verdicts.values())).detects_damage,
        "engine": _serving(verdicts),
        "attributes": document.get("attributes") or {},
    }


def _group(document: Document, place: Place) -> dict[str, Any]:
    children = [child for _, child in list_children(place.store, path=place.path)]
    arrays = sum(child.node_type == "array" for child in children)
    return {
        "location": place.name,
        "node_type": "group",
        "zarr_format": document["zarr_format"],
        "arrays": arrays,
        "groups": len(children) - arrays,
        "attributes": document.get("attributes") or {},
    }


def _serving(verdicts: Mapping[str, Verdict]) -> str | None:
    """Return the engine that functions use if none is named."""
    order = ("zarrs", "reference")
    return next((name for name in order if name in verdicts and verdicts[name].serves), None)


def _words_of_array(document: Document, found: Mapping[str, Any]) -> dict[str, str | Text]:
    names = ", ".join("-" if name is None else str(name) for name in found["dimension_names"])
    words: dict[str, str | Text] = {
        "type": f"array, zarr format {found['zarr_format']}",
        "shape": f"{shape(found['shape'])} {found['data_type']}, {size(found['nbytes'])}",
    }
    if names:
        words["dimensions"] = names
    words |= chunks_in_words(document)
    fill: Any = document.get("fill_value")
    return words | {
        "codecs": found["codecs"],
        "fill value": shortened(json.dumps(fill, ensure_ascii=False)),
        "damage": _damage(found["detects_damage"]),
        "engine": found["engine"] or "none serves it; see `engines`",
    }


def _words_of_group(found: Mapping[str, Any]) -> dict[str, str | Text]:
    inside = f"{count(found['arrays'], 'array')}, {count(found['groups'], 'group')}"
    return {"type": f"group, zarr format {found['zarr_format']}", "members": inside}


def _damage(detects: bool | str) -> str:  # noqa: FBT001  # a value, not a flag
    if isinstance(detects, str):
        return f"is detected {detects}"
    return "is detected: a checksum covers each chunk" if detects else "is not always detected"
