"""`engines`: which engines there are, and which of them serve an array."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, Any, Final

import typer
from rich.text import Text

from zarr.crud import explain, list_backends
from zarr.crud._cli.console import columns, show, show_json
from zarr.crud._cli.escaping import escaped
from zarr.crud._cli.options import Json, StorageOptions, parsed
from zarr.crud._cli.places import array_at, opened

EXAMPLES = ("zarr-crud engines", "zarr-crud engines ocean.zarr/depth")

_PACKAGES: Final = {"zarrs": "zarrs-bindings", "zarrista": "zarrista", "reference": "zarr"}


def engines(
    location: Annotated[
        str | None,
        typer.Argument(metavar="LOCATION", help="An array to ask about.", show_default=False),
    ] = None,
    option: StorageOptions = [],  # noqa: B006
    *,
    as_json: Json = False,
) -> None:
    """List the engines: what is installed, and what serves an array or why not."""
    found = _installed() if location is None else _asked(location, option)
    if as_json:
        show_json(found)
        return
    show(columns(_row(name, said) for name, said in found.items()))


def _installed() -> dict[str, dict[str, Any]]:
    return {
        name: {
            "available": status.available,
            "reason": status.reason,
            "package": _PACKAGES.get(name),
            "version": _version(_PACKAGES.get(name)),
        }
        for name, status in list_backends().items()
    }


def _asked(location: str, option: list[str]) -> dict[str, dict[str, Any]]:
    with opened(location, parsed(option)) as place:
        document = array_at(place)
        reads = explain(document, place.store, path=place.path)
        writes = explain(document, place.store, path=place.path, operation="write_region")
    return {
        name: {
            "reads": verdict.serves,
            "reason": verdict.reason,
            "writes": writes[name].serves,
            "writes_reason": writes[name].reason,
            "store": verdict.store,
            "detects_damage": verdict.detects_damage,
        }
        for name, verdict in reads.items()
    }


def _row(name: str, said: dict[str, Any]) -> list[str | Text]:
    yes = said.get("available", said.get("reads"))
    mark = Text("yes", "green") if yes else Text("no", "red")
    return [Text(escaped(name), "bold"), mark, _detail(said)]


def _detail(said: dict[str, Any]) -> str:
    if said["reason"] is not None:
        return str(said["reason"])
    if "available" in said:
        return f"{said['package']} {said['version']}" if said["version"] else ""
    found = ["reads and writes" if said["writes"] else f"reads only: {said['writes_reason']}"]
    return "; ".join(found + ([f"reaches the store {said['store']}"] if said["store"] else []))


def _version(package: str | None) -> str | None:
    try:
        return None if package is None else version(package)
    except PackageNotFoundError:
        return None
