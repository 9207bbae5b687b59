"""Nodes that are opened with an engine are upstream's, with its errors and warnings."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

import zarr
from zarr.storage import LocalStore, MemoryStore, StorePath

ARRAY: Final[dict[str, Any]] = json.loads(
    """{"zarr_format": 3, "node_type": "array", "shape": [7, 5], "data_type": "int16",
    "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": [3, 2]}},
    "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
    "fill_value": 3, "codecs": [{"name": "bytes", "configuration": {"endian": "little"}}],
    "attributes": {"units": "m", "deep": [{"a": 1}]}, "dimension_names": ["y", null]}"""
)
GROUP: Final[dict[str, Any]] = {
    "zarr_format": 3,
    "node_type": "group",
    "attributes": {"title": "t"},
}
ARRAY_2: Final[dict[str, Any]] = {
    "zarr_format": 2,
    "shape": [7, 5],
    "chunks": [3, 2],
    "dtype": "<i2",
    "fill_value": 3,
    "order": "C",
    "filters": None,
    "compressor": None,
}
INLINE: Final = {"kind": "inline", "must_understand": False, "metadata": {"a": ARRAY}}


def _with(document: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {k: v for k, v in {**document, **changes}.items() if v is not ...}


STATES: Final[dict[str, dict[str, Any]]] = {
    "nothing": {},
    "array": {"zarr.json": ARRAY},
    "group": {"zarr.json": GROUP},
    "array of format 2": {".zarray": ARRAY_2, ".zattrs": {"units": "m"}},
    "group of format 2": {".zgroup": {"zarr_format": 2}, ".zattrs": {"title": "t"}},
    "both arrays": {"zarr.json": ARRAY, ".zarray": ARRAY_2},
    "both groups": {"zarr.json": GROUP, ".zgroup": {"zarr_format": 2}},
    "array and group": {"zarr.json": ARRAY, ".zgroup": {"zarr_format": 2}},
    "attributes of format 2": {"zarr.json": ARRAY, ".zattrs": b"{"},
    "consolidated": {"zarr.json": _with(GROUP, consolidated_metadata=INLINE)},
    "consolidated wrongly": {"zarr.json": _with(GROUP, consolidated_metadata={"kind": "no"})},
    "no JSON": {"zarr.json": b'{"zarr_format": 3,'},
    "no UTF-8": {"zarr.json": b"\xff\xfe"},
    "empty": {"zarr.json": b""},
    "a list": {"zarr.json": [1]},
    "deep": {"zarr.json": b"[" * 100_000},
    "another format": {"zarr.json": _with(ARRAY, zarr_format=4)},
    "another type": {"zarr.json": _with(ARRAY, node_type="table")},
    "no type": {"zarr.json": _with(ARRAY, node_type=...)},
    "no shape": {"zarr.json": _with(ARRAY, shape=...)},
    "negative shape": {"zarr.json": _with(ARRAY, shape=[-7, 5])},
    "no attributes": {"zarr.json": _with(ARRAY, attributes=...)},
    "attributes no mapping": {"zarr.json": _with(ARRAY, attributes=[1])},
    "attributes none": {"zarr.json": _with(ARRAY, attributes=None)},
    "extra field": {"zarr.json": _with(ARRAY, extra={"must_understand": False, "a": [1]})},
    "unknown field": {"zarr.json": _with(ARRAY, extra=1)},
    "unknown codec": {"zarr.json": _with(ARRAY, codecs=[{"name": "no"}])},
    "transformers": {"zarr.json": _with(ARRAY, storage_transformers=[{"name": "no"}])},
    "repaired": {"zarr.json": _with(ARRAY, shape=[0, 5], chunk_grid={
        "name": "regular", "configuration": {"chunk_shape": [0, 2]}
    })},
    "names": {"zarr.json": _with(ARRAY, dimension_names=["a"])},
    "a folder": {"zarr.json": None},
}  # fmt: skip

OPENS: Final[dict[str, Callable[..., Any]]] = {
    "open": zarr.open,
    "open_array": zarr.open_array,
    "open_group": zarr.open_group,
}
MODES: Final = ("none", None, "r", "r+", "a", "w", "w-", "x")
STORES: Final[dict[str, Callable[[Path], tuple[Any, str | None]]]] = {
    "text": lambda root: (str(root), None),
    "path": lambda root: (root.parent, root.name),
    "store": lambda root: (LocalStore(root), None),
    "read-only": lambda root: (LocalStore(root, read_only=True), ""),
    "place": lambda root: (StorePath(LocalStore(root.parent)), f"/{root.name}/"),
    "place below": lambda root: (StorePath(LocalStore(root.parent), root.name), None),
    "URL": lambda root: (f"file://{root}", None),
    "bad path": lambda root: (root, "../node"),
    "memory": lambda root: (MemoryStore(_in_memory(root)), None),
}


def _in_memory(root: Path) -> dict[str, Any]:
    buffer = zarr.core.buffer.default_buffer_prototype().buffer
    return {
        file.relative_to(root).as_posix(): buffer.from_bytes(file.read_bytes())
        for file in root.rglob("*")
        if file.is_file()
    }


def _store(root: Path, documents: dict[str, Any]) -> None:
    root.mkdir()
    for name, document in documents.items():
        if document is None:
            (root / name).mkdir()
        else:
            text = document if isinstance(document, bytes) else json.dumps(document).encode()
            (root / name).write_bytes(text)


def _told(node: Any) -> object:
    place = node.store_path
    told = [type(node).__name__, node.name, place.path, place.read_only, node.read_only]
    told += [type(place.store).__name__, place.store._is_open, json.dumps(node.metadata.to_dict())]
    if isinstance(node, zarr.Array):
        told += [node.shape, node.dtype, repr(node.fill_value), dict(node.attrs), node.order]
        told += [node.metadata, node.cdata_shape, node.chunks, node.compressors]
        config = node.config.to_dict()
        told += [[v for k, v in config.items() if not k.startswith("engine")]]
    else:
        told += [dict(node.attrs), node.metadata.consolidated_metadata]
    return repr(told)


def _outcome(root: Path, store: str, opens: str, engine: str, given: dict[str, Any]) -> str:
    where, path = STORES[store](root)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            told = _told(OPENS[opens](where, path=path, engine=engine, **given))
        except Exception as err:  # noqa: BLE001  # whatever upstream raises
            told = f"{type(err).__name__}: {err} {getattr(err, '__notes__', '')} {err.__cause__!r}"
    found = [
        f"{w.category.__name__} {w.message} {Path(w.filename).name}:{w.lineno}" for w in warned
    ]
    files = sorted(
        (str(f.relative_to(root)), f.is_file() and f.read_bytes()) for f in root.rglob("*")
    )
    return _plain(repr((told, found, files)), root)


def _plain(text: str, root: Path) -> str:
    text = text.replace(str(root.parent), "PLACE")
    return re.sub(r"memory://\d+|0x[0-9a-f]{6,}|[0-9a-f]{32}", "ADDRESS", text)


@pytest.mark.parametrize("state", STATES)
def test_every_way_to_open_does_what_upstream_does(state: str, tmp_path: Path) -> None:
    """Catches another node, error, warning or file than upstream's, or one at another line."""
    formats = (None, 3, 2)
    cases = itertools.product(OPENS, MODES, formats, STORES)
    for number, (opens, mode, zarr_format, store) in enumerate(cases):
        # Every mode and format with some of the stores, and every store with some of them.
        if number % 5 != len(state) % 5:
            continue
        given: dict[str, Any] = {} if mode == "none" else {"mode": mode}
        if zarr_format is not None:
            given["zarr_format"] = zarr_format
        outcomes = []
        for engine in ("zarr", "zarrs"):
            root = tmp_path / engine / "node"
            root.parent.mkdir(exist_ok=True)
            _store(root, STATES[state])
            outcomes.append(
                _outcome(root, store, opens, engine, given).replace(str(tmp_path / engine), "PLACE")
            )
            shutil.rmtree(root)
        assert outcomes[1] == outcomes[0], (opens, store, given)
